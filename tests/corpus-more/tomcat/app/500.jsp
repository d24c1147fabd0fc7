<%@ page isErrorPage="true" %><h1>Shipwreck <%= exception == null ? "" : exception.getClass().getSimpleName() %></h1>
