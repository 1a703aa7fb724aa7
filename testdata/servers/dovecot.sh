#!/bin/bash
# A private Dovecot 2.3 (IMAP and POP3) for tests, on loopback and high ports, wholly inside one folder.
#
#   dovecot.sh start DIR    starts it and prints KEY=VALUE lines (also in DIR/server.env); again: the same lines
#   dovecot.sh stop DIR     ends only what start started; the mail stays in DIR
#   dovecot.sh status DIR   prints the same lines while it runs, else fails
#   dovecot.sh run DIR      start, wait until stdin ends, stop, remove DIR: the server of one test process
#
# Environment: MAIL_TEST_PORT_BASE  first port to try (21000)
#              MAIL_TEST_FSYNC      Dovecot's mail_fsync: never (unless given), optimized, always
#
# Needs root (mail belongs to another account than the login processes), bash, openssl, dovecot-imapd and dovecot-pop3d.
# Values are raw: read the lines one by one, never eval them.

die() { printf 'dovecot.sh: %s\n' "$*" >&2; exit 1; }

[ $# = 2 ] || die "usage: dovecot.sh start|stop|status|run DIR"
[ "$(id -u)" = 0 ] || die "must run as root"
mkdir -p -- "$2" && DIR=$(cd -- "$2" && pwd -P) || die "cannot use folder $2"
CONF=$DIR/dovecot.conf ENVF=$DIR/server.env PIDF=$DIR/run/master.pid

# running: the recorded process is there and is ours (its number may have been given to another).
running() { [ -s "$PIDF" ] && tr '\0' ' ' <"/proc/$(cat "$PIDF")/cmdline" 2>/dev/null | grep -qF -- "$CONF"; }

port_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# within SECONDS COMMAND...: waits until it succeeds.
within() {
    local left=$(($1 * 20)); shift
    until "$@"; do left=$((left - 1)); [ "$left" -gt 0 ] || return 1; sleep 0.05; done
}

# The certificates: good, and one of each bad kind. copy_extensions = none, as openssl ca takes dates that x509 does not.
certificates() (
    set -e
    mkdir -p "$DIR/certs"; cd "$DIR/certs"
    [ -f .done ] && exit 0
    names='DNS:localhost,DNS:mail.test'
    for i in 1 2 3 4 5 6; do names="$names,IP:127.0.0.$i"; done
    key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; chmod 600 "$1.key"; }
    authority() {
        key "$1"; : >"$1.index"; echo 1000 >"$1.serial"
        openssl req -x509 -new -key "$1.key" -sha256 -days 7300 -subj "/CN=mailmv test $1" \
            -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$1.pem"
    }
    sign() { # AUTHORITY NAME COMMON-NAME ALTERNATIVE-NAMES FROM TO
        key "$2"
        openssl req -new -key "$2.key" -subj "/CN=$3" -out "$2.csr"
        printf '%s\n' '[ca]' 'default_ca = c' '[c]' "database = $1.index" "serial = $1.serial" 'new_certs_dir = .' \
            'default_md = sha256' 'policy = p' 'unique_subject = no' '[p]' 'commonName = supplied' \
            '[e]' 'basicConstraints = critical,CA:FALSE' 'keyUsage = critical,digitalSignature' \
            'extendedKeyUsage = serverAuth' "subjectAltName = $4" >"$2.cnf"
        openssl ca -batch -notext -config "$2.cnf" -extensions e -cert "$1.pem" -keyfile "$1.key" \
            -startdate "$5" -enddate "$6" -in "$2.csr" -out "$2.pem"
    }
    authority ca
    authority rogue-ca
    sign ca good localhost "$names" 20200101000000Z 20440101000000Z
    sign ca expired localhost "$names" 20190101000000Z 20200101000000Z
    sign ca notyet localhost "$names" 20430101000000Z 20440101000000Z
    sign ca wronghost other.example DNS:other.example 20200101000000Z 20440101000000Z
    sign rogue-ca rogue localhost "$names" 20200101000000Z 20440101000000Z
    key selfsigned
    openssl req -x509 -new -key selfsigned.key -sha256 -days 3650 -subj /CN=localhost \
        -addext "subjectAltName=$names" -out selfsigned.pem
    chmod 644 ./*.pem
    touch .done
)

# The users: user:password:uid:gid::home::extra. Any other name gets in with any-pw and has an empty Maildir without
# limits: another plugin (idle here) in place of quota, as the list of plugins cannot be made empty for one user.
users() {
    local u
    for u in alice bob carol dave erin frank heidi; do install -d -o "$MUID" -g "$MGID" -m 700 "$DIR/home/$u"; done
    chown "$MUID:$MGID" "$DIR/home"
    cat >"$DIR/users" <<U
alice:{PLAIN}alice-pw:$MUID:$MGID::$DIR/home/alice::userdb_mail=maildir:~/Maildir
bob:{PLAIN}bob-pw:$MUID:$MGID::$DIR/home/bob::userdb_mail=maildir:~/Maildir userdb_quota_rule=*:storage=64K userdb_quota_rule2=Trash:ignore
carol:{PLAIN}carol-pw:$MUID:$MGID::$DIR/home/carol::userdb_mail=maildir:~/Maildir:LAYOUT=fs
dave:{PLAIN}dave-pw:$MUID:$MGID::$DIR/home/dave::userdb_mail=mbox:~/mail:INBOX=~/mail/inbox
erin:{PLAIN}p w"\\%%ä:$MUID:$MGID::$DIR/home/erin::userdb_mail=maildir:~/Maildir
frank:{PLAIN}frank-pw:$MUID:$MGID::$DIR/home/frank::userdb_mail=sdbox:~/sdbox userdb_quota_rule=*:messages=5
heidi@mail.test:{PLAIN}heidi-pw:$MUID:$MGID::$DIR/home/heidi::userdb_mail=mdbox:~/mdbox
U
    chmod 640 "$DIR/users"; chgrp dovecot "$DIR/users"
}

ports() {
    local p=${MAIL_TEST_PORT_BASE:-21000} name
    for name in IMAP_PORT IMAPS_PORT POP3_PORT POP3S_PORT; do
        until port_free "$p"; do p=$((p + 1)); [ "$p" -lt 65000 ] || die "no free port left"; done
        printf -v "$name" %s "$p"; p=$((p + 1))
    done
}

configure() {
    cat >"$CONF" <<C
# written by dovecot.sh; all of it is private to this folder
base_dir = $DIR/run
state_dir = $DIR/run
instance_name = mailmv-test-$IMAP_PORT
log_path = $DIR/log/dovecot.log
protocols = imap pop3
listen = 127.0.0.1, 127.0.0.2, 127.0.0.3, 127.0.0.4, 127.0.0.5, 127.0.0.6
default_vsz_limit = 1024M
default_client_limit = 200
default_process_limit = 60
mail_max_userip_connections = 50
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
auth_username_format = %Lu
auth_failure_delay = 0
first_valid_uid = 1
first_valid_gid = 1
mail_privileged_group = mail
mail_fsync = ${MAIL_TEST_FSYNC:-never}
mbox_write_locks = fcntl
mbox_read_locks = fcntl
mail_plugins = quota
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u $DIR/users
}
passdb {
  driver = static
  args = password=any-pw
}
userdb {
  driver = passwd-file
  args = username_format=%u $DIR/users
}
userdb {
  driver = static
  args = uid=$MUID gid=$MGID home=$DIR/home/%u mail=maildir:~/Maildir mail_plugins=notify imap_capability=+APPENDLIMIT=1073741824
}
ssl = yes
ssl_min_protocol = TLSv1.2
ssl_cert = <$DIR/certs/good.pem
ssl_key = <$DIR/certs/good.key
namespace inbox {
  inbox = yes
  separator = /
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
  quota_max_mail_size = 50M
}
protocol imap {
  mail_plugins = \$mail_plugins imap_quota
  imap_capability = +APPENDLIMIT=52428800
}
protocol pop3 {
  pop3_uidl_format = %08Xu%08Xv
  pop3_no_flag_updates = yes
}
service imap-login {
  inet_listener imap {
    port = $IMAP_PORT
  }
  inet_listener imaps {
    port = $IMAPS_PORT
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = $POP3_PORT
  }
  inet_listener pop3s {
    port = $POP3S_PORT
    ssl = yes
  }
}
# A client that was refused is not made to wait: tests come from one address.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
C
    local n=2 kind
    for kind in expired wronghost selfsigned rogue notyet; do
        printf 'local 127.0.0.%s {\n  ssl_cert = <%s.pem\n  ssl_key = <%s.key\n}\n' \
            "$n" "$DIR/certs/$kind" "$DIR/certs/$kind" >>"$CONF"
        n=$((n + 1))
    done
}

describe() {
    cat >"$ENVF" <<E
SERVER=dovecot
VERSION=$(/usr/sbin/dovecot --version | cut -d' ' -f1)
HOST=127.0.0.1
TLS_NAME=localhost
IMAP_PORT=$IMAP_PORT
IMAPS_PORT=$IMAPS_PORT
POP3_PORT=$POP3_PORT
POP3S_PORT=$POP3S_PORT
STARTTLS=yes
CA_FILE=$DIR/certs/ca.pem
HOST_EXPIRED=127.0.0.2
HOST_WRONGNAME=127.0.0.3
HOST_SELFSIGNED=127.0.0.4
HOST_UNTRUSTED_CA=127.0.0.5
HOST_NOT_YET_VALID=127.0.0.6
HIERARCHY_SEPARATOR=/
USER1=alice
PASS1=alice-pw
USER1_NOTE=maildir, no quota
USER2=bob
PASS2=bob-pw
USER2_NOTE=maildir, quota 64 KiB: APPEND answers NO [OVERQUOTA]
USER3=carol
PASS3=carol-pw
USER3_NOTE=maildir with the fs layout: names may hold dots
USER4=dave
PASS4=dave-pw
USER4_NOTE=mbox storage: names hold messages or folders, not both
USER5=erin
PASS5=p w"\\%%ä
USER5_NOTE=password with space, quote, backslash, percents and UTF-8
USER6=frank
PASS6=frank-pw
USER6_NOTE=sdbox, at most 5 messages
USER7=heidi@mail.test
PASS7=heidi-pw
USER7_NOTE=mdbox, user name with a domain
ANY_PASS=any-pw
HOMES=$DIR/home
MAIL_UID=$MUID
MAIL_GID=$MGID
APPENDLIMIT=52428800
LOG=$DIR/log/dovecot.log
PID=$(cat "$PIDF")
E
}

start() {
    running && return 0
    local f
    for f in /usr/sbin/dovecot /usr/lib/dovecot/imap /usr/lib/dovecot/pop3; do
        [ -x "$f" ] || die "no $f: apt-get install dovecot-imapd dovecot-pop3d"
    done
    command -v openssl >/dev/null || die "no openssl: apt-get install openssl"
    mkdir -p "$DIR/run" "$DIR/log" "$DIR/home"
    chmod 755 "$DIR" "$DIR/run" "$DIR/home"
    f=$DIR
    while [ "$f" != / ]; do
        f=$(dirname "$f")
        [ $((0$(stat -c %a "$f") & 1)) = 1 ] || die "other accounts cannot enter $f; choose a folder under /tmp"
    done
    certificates >"$DIR/log/openssl.log" 2>&1 || die "could not make certificates: $(tail -1 "$DIR/log/openssl.log")"
    MUID=$(id -u mail) MGID=$(id -g mail)
    users
    # One start at a time on this machine, so that no two choose the same port.
    exec 8>/tmp/.mailmv-test-dovecot.lock
    flock -w 120 8 || die "another start takes too long"
    ports
    configure
    /usr/sbin/dovecot -c "$CONF" >"$DIR/log/start.log" 2>&1 8>&- || die "dovecot did not start: $(tail -1 "$DIR/log/start.log")"
    listening() { ! port_free "$IMAP_PORT" && ! port_free "$POP3S_PORT"; }
    within 15 listening || die "dovecot does not listen: $(tail -1 "$DIR/log/dovecot.log")"
    exec 8>&-
    describe
}

stop() {
    local pid
    gone() { ! running; }
    running || return 0
    pid=$(cat "$PIDF")
    kill -TERM "$pid"
    within 10 gone || kill -KILL "$pid"
    rm -f "$PIDF"
}

case $1 in
start) start; cat "$ENVF" ;;
stop) stop ;;
status) running || die "not running"; cat "$ENVF" ;;
run)
    trap '' INT TERM HUP
    trap 'stop; rm -rf -- "$DIR"' EXIT
    start
    cat "$ENVF"
    exec >&-
    cat >/dev/null
    ;;
*) die "usage: dovecot.sh start|stop|status|run DIR" ;;
esac
