<%@ page contentType="text/html;charset=UTF-8" %><%@ taglib prefix="t" tagdir="/WEB-INF/tags" %>
<h1>Harbour</h1><t:ship name="Vasa"/> ${1+2} <a href="api">api</a>
