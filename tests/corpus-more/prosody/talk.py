# A client of XMPP without any library: talk.py PORT DO..., prints what the server says.
import base64, socket, ssl, sys, time

port, user, password, todo = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
s = socket.create_connection(("127.0.0.1", port), 5)
s.settimeout(3)
OPEN = "<?xml version='1.0'?><stream:stream to='harbour.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

def say(text, until, wait=6):
    s.sendall(text.encode())
    got, end = "", time.time() + wait
    while time.time() < end and until not in got:
        try:
            part = s.recv(65536).decode(errors="replace")
        except (TimeoutError, socket.timeout):
            break
        if not part:
            break
        got += part
    print(got)
    return got

features = say(OPEN, "</stream:features>")
if todo and todo[0] == "tls":
    todo.pop(0)
    say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "proceed")
    context = ssl._create_unverified_context()
    s = context.wrap_socket(s, server_hostname="harbour.test")
    print("cipher", s.cipher())
    say(OPEN, "</stream:features>")
token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
if "success" not in say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{token}</auth>", ">"):
    sys.exit("no login")
say(OPEN, "</stream:features>")
say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>t</resource></bind></iq>", "</iq>")
for stanza in todo:
    say(stanza, "</iq>" if stanza.startswith("<iq") else "</message>" if stanza.startswith("<message") else "</presence>", 4)
