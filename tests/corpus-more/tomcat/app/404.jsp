<%@ page isErrorPage="true" %><h1>Lost at sea</h1>
