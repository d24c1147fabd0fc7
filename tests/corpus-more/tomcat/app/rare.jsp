<%@ page import="java.util.*,java.text.*" %><%= NumberFormat.getInstance(Locale.GERMANY).format(1234.5) %> <% for (int i = 0; i < 3; i++) { %>x<% } %>
