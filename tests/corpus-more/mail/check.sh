#!/bin/bash
CORPUS_REPO=more
. "$(dirname "$0")/../../corpus/lib/check.sh"
start -p 127.0.0.1::25 -p 127.0.0.1::587 -p 127.0.0.1::143 -p 127.0.0.1::993 "$IMG"
S=$(port 25); B=$(port 587); I=$(port 143); X=$(port 993)
for _ in $(seq 100); do curl -s --max-time 2 telnet://127.0.0.1:$S </dev/null 2>/dev/null | grep -q ^220 && curl -s "imap://127.0.0.1:$I" -u anna@harbour.test:ahoi >/dev/null && break; sleep 0.3; done
m() { printf 'From: %s\r\nTo: %s\r\nSubject: %s\r\nX-Secret: no\r\n\r\n%s\r\n' "$1" "$2" "$3" "$4" >"$T/mail"; }
m a@example.com anna@harbour.test hello 'fair winds'
cmd receive '' curl -sS "smtp://127.0.0.1:$S/example.com" --mail-from a@example.com --mail-rcpt anna@harbour.test -T "$T/mail"
if full; then
  sleep 2
  cmd fetched 'fair winds' curl -sS "imap://127.0.0.1:$I/INBOX;MAILINDEX=1" -u anna@harbour.test:ahoi
  cmd header-removed '^no$' sh -c "curl -sS 'imap://127.0.0.1:$I/INBOX;MAILINDEX=1' -u anna@harbour.test:ahoi | grep -q X-Secret && echo yes || echo no"
  cmd imaps 'fair winds' curl -sSk "imaps://127.0.0.1:$X/INBOX;MAILINDEX=1" -u anna@harbour.test:ahoi
  cmd search 'SEARCH 1' curl -sS "imap://127.0.0.1:$I/INBOX" -u anna@harbour.test:ahoi -X 'SEARCH BODY winds'
  cmd wrong-password '[Ll]ogin|denied|AUTH' sh -c "! curl -sS imap://127.0.0.1:$I/INBOX -u anna@harbour.test:nein"
  m a@example.com anna@harbour.test 'cheap spam' x
  cmd spam '' curl -sS "smtp://127.0.0.1:$S/example.com" --mail-from a@example.com --mail-rcpt anna@harbour.test -T "$T/mail"
  sleep 2
  cmd sieved 'cheap spam' curl -sS "imap://127.0.0.1:$I/Junk;MAILINDEX=1" -u anna@harbour.test:ahoi
  m a@example.com anna@harbour.test 'two cannons' x
  cmd rejected 'cannons|55[0-9]' sh -c "! curl -sS -v smtp://127.0.0.1:$S/example.com --mail-from a@example.com --mail-rcpt anna@harbour.test -T $T/mail"
  cmd unknown-user '55[0-9]|Unknown|unknown' sh -c "! curl -sS -v smtp://127.0.0.1:$S/example.com --mail-from a@example.com --mail-rcpt carl@harbour.test -T $T/mail"
  cmd no-relay '45[0-9]|55[0-9]|Relay' sh -c "! curl -sS -v smtp://127.0.0.1:$S/example.com --mail-from a@example.com --mail-rcpt x@example.org -T $T/mail"
  m anna@harbour.test bob@harbour.test 'from anna' moin
  cmd submission '' curl -sSk --ssl-reqd "smtp://127.0.0.1:$B/example.com" -u anna@harbour.test:ahoi --mail-from anna@harbour.test --mail-rcpt bob@harbour.test -T "$T/mail"
  sleep 2
  cmd delivered 'from anna' curl -sS "imap://127.0.0.1:$I/INBOX;MAILINDEX=1" -u bob@harbour.test:mole
  cmd starttls '' curl -sSk --ssl-reqd "smtp://127.0.0.1:$S/example.com" --mail-from a@example.com --mail-rcpt anna@harbour.test -T "$T/mail"
  inside sendmail '' sh -c 'printf "Subject: local\n\nx\n" | sendmail bob@harbour.test'
  inside mailx '' sh -c 'echo body | mail -s mailx bob@harbour.test'
  cmd outgoing '' curl -sSk --ssl-reqd "smtp://127.0.0.1:$B/example.com" -u anna@harbour.test:ahoi --mail-from anna@harbour.test --mail-rcpt x@example.org -T "$T/mail"
  sleep 2
  inside queued 'x@example.org' postqueue -p
  inside queue-json '"queue_name"' postqueue -j
  inside purge 'Deleted' postsuper -d ALL
  inside postconf 'harbour.test' postconf myhostname
  inside postconf-edit '' postconf -e message_size_limit=20000000
  inside postmap 'x' postmap -q anna@harbour.test lmdb:/etc/postfix/virtual
  inside check '' postfix check
  inside reload '' postfix reload
  inside status '' postfix status
  inside doveadm 'fair' doveadm fetch -u anna@harbour.test text mailbox INBOX
  inside doveadm-auth 'auth succeeded' doveadm auth test anna@harbour.test ahoi
  inside doveadm-pw '{SHA512-CRYPT}' doveadm pw -s SHA512-CRYPT -p x
  inside doveadm-who 'username' doveadm who
  inside doveconf 'maildir' doveconf mail_location
  inside sievec '' sievec /srv/sieve/default.sieve
  inside supervisor 'RUNNING' supervisorctl status
  inside restart-part 'started' supervisorctl restart dovecot
  sleep 3
  cmd after-restart 'fair winds' curl -sS "imap://127.0.0.1:$I/INBOX;MAILINDEX=1" -u anna@harbour.test:ahoi
  cmd log 'postfix/smtpd' $E logs "$C"
  stops_cleanly graceful-stop 20
  same_config
fi
finish
