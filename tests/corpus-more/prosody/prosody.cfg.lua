admins = { "anna@harbour.test" }
plugin_paths = { "/usr/local/lib/prosody/modules" }
modules_enabled = {
	"disco"; "roster"; "saslauth"; "tls"; "blocklist"; "bookmarks"; "carbons"; "dialback"; "limits"; "pep"; "private"; "smacks"; "vcard4"; "vcard_legacy";
	"account_activity"; "csi_simple"; "invites"; "invites_adhoc"; "invites_register"; "ping"; "register"; "time"; "uptime"; "version"; "mam";
	"admin_adhoc"; "admin_shell"; "bosh"; "websocket"; "http_files"; "motd"; "announce"; "server_contact_info"; "harbour";
}
modules_disabled = { "s2s" }
http_files_dir = "/srv/www"
motd_text = "Ahoi"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_hashed"
storage = "sql"
sql = { driver = "SQLite3", database = "prosody.sqlite" }
pidfile = "/run/prosody/prosody.pid"
log = { info = "*console" }
certificates = "certs"
allow_registration = false
interfaces = { "*" }
http_interfaces = { "*" }
consider_bosh_secure = true
cross_domain_websocket = true
http_default_host = "harbour.test"
component_interfaces = { "*" }

VirtualHost "harbour.test"
Component "rooms.harbour.test" "muc"
	modules_enabled = { "muc_mam" }
	restrict_room_creation = "local"
Component "files.harbour.test" "http_file_share"
Component "pubsub.harbour.test" "pubsub"
Component "gate.harbour.test"
	component_secret = "ahoi"
