package harbour;

import jakarta.servlet.annotation.*;
import jakarta.servlet.http.*;
import java.io.*;
import java.util.*;

@WebServlet({"/api/*"})
@MultipartConfig
public class Api extends HttpServlet {
  protected void doGet(HttpServletRequest q, HttpServletResponse a) throws IOException {
    a.setContentType("text/plain;charset=UTF-8");
    String what = q.getPathInfo() == null ? "/" : q.getPathInfo();
    PrintWriter out = a.getWriter();
    try {
      switch (what) {
        case "/": out.print("ships"); break;
        case "/zone": out.print(java.time.ZonedDateTime.of(2024, 7, 1, 12, 0, 0, 0, java.time.ZoneId.of("UTC")).withZoneSameInstant(java.time.ZoneId.of("Asia/Tokyo")).getHour()); break;
        case "/session": HttpSession s = q.getSession(); Integer n = (Integer) s.getAttribute("n"); n = n == null ? 1 : n + 1; s.setAttribute("n", n); out.print(n); break;
        case "/xslt": out.print(javax.xml.transform.TransformerFactory.newInstance().newTransformer() != null); break;
        case "/tls": out.print(javax.net.ssl.SSLContext.getDefault().getSupportedSSLParameters().getProtocols().length + " " + java.security.KeyStore.getInstance("PKCS12").getType()); break;
        case "/cas": javax.net.ssl.TrustManagerFactory f = javax.net.ssl.TrustManagerFactory.getInstance("PKIX"); f.init((java.security.KeyStore) null); out.print("cas " + ((javax.net.ssl.X509TrustManager) f.getTrustManagers()[0]).getAcceptedIssuers().length); break;
        case "/png": java.awt.image.BufferedImage i = new java.awt.image.BufferedImage(8, 8, 1); a.setContentType("image/png"); ByteArrayOutputStream b = new ByteArrayOutputStream(); javax.imageio.ImageIO.write(i, "png", b); out.print("png " + b.size()); break;
        case "/script": out.print(Currency.getInstance("EUR").getSymbol(Locale.FRANCE) + " " + new Locale("ja").getDisplayLanguage(Locale.GERMAN)); break;
        case "/charset": out.print("日本".getBytes("Shift_JIS").length); break;
        case "/log": java.util.logging.Logger.getLogger("harbour").info("logged"); out.print("logged"); break;
        case "/http": out.print(java.net.http.HttpClient.newHttpClient().send(java.net.http.HttpRequest.newBuilder(java.net.URI.create("http://127.0.0.1:8080/")).build(), java.net.http.HttpResponse.BodyHandlers.ofString()).statusCode()); break;
        default: throw new IllegalStateException("boom");
      }
    } catch (RuntimeException e) { throw e; } catch (Exception e) { throw new RuntimeException(e); }
  }

  protected void doPost(HttpServletRequest q, HttpServletResponse a) throws IOException, jakarta.servlet.ServletException {
    a.getWriter().print("got " + q.getPart("f").getSubmittedFileName());
  }
}
