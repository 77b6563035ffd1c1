#!/usr/bin/env bash
# Copies what is new in one Zendesk Talk account into a Singer target, and keeps the state.
#
#   sync.sh DIRECTORY TARGET [ARGUMENT...]        e.g. sync.sh /var/lib/talk target-jsonl --config target.json
#
# It works in DIRECTORY, which holds config.json (the tap's settings; variables TAP_ZENDESK_TALK_... come on top), the
# target's files, catalog.json if not every stream and field is wanted, and state.json, which the script makes and
# keeps.
#
# A target prints a state once its rows are stored. Each one replaces state.json at once and whole, so whatever ends a
# run, the next one goes on from what the target has. TERM and INT go to the tap, which ends with its last safe state,
# and the target stores what it was given; a second signal goes to the target.
#
# The time of last-success is that of the last good run.
#
# Exit codes: 0 all is stored, 2 wrong usage, 74 the last state could not be kept, 75 another run is at work here,
# 127 the tap is not on PATH; else the target's own code if it failed, since then the tap fails too, or the tap's.
set -u

fail() { # fail CODE SENTENCE
  echo "CRITICAL sync.sh: $2" >&2
  exit "$1"
}

command -v tap-zendesk-talk >/dev/null || fail 127 "tap-zendesk-talk is not on PATH"
[ $# -ge 2 ] || fail 2 "usage: sync.sh DIRECTORY TARGET [ARGUMENT...]"
cd "$1" || fail 2 "there is no directory $1"
shift

# The programs inherit descriptor 9, and with it the lock: it ends with the last of them, and no file has to be
# removed.
exec 9>>.lock || fail 74 "the lock file $PWD/.lock can't be opened"
if command -v flock >/dev/null; then
  flock -n 9
elif command -v perl >/dev/null; then # macOS has no flock
  perl -e 'use Fcntl ":flock"; open my $lock, ">&=", 9 or die; exit(flock($lock, LOCK_EX | LOCK_NB) ? 0 : 1)'
else
  fail 74 "neither flock nor perl is installed: nothing would keep a second run away"
fi || fail 75 "another run is at work in $PWD"

[ -e state.json ] || echo '{}' >state.json || fail 74 "$PWD/state.json can't be written"
catalog=
[ ! -e catalog.json ] || catalog=catalog.json

# keep replaces state.json by each state that it reads. No state are a last line without its end, `{}`, which some
# targets print when they got none, and what is no JSON object.
keep() {
  local state failed='' object='^[[:space:]]*\{[[:space:]]*".*\}[[:space:]]*$'
  while IFS= read -r state; do
    [[ $state =~ $object ]] || continue
    if printf '%s\n' "$state" >state.json.new && sync state.json.new && mv -f state.json.new state.json; then
      failed=
    else
      [ -n "$failed" ] || echo "ERROR sync.sh: a state can't be kept: is the disk full? The one before it stays" >&2
      failed=yes
      rm -f state.json.new
    fi
  done
  [ -z "$failed" ] || fail 74 "the last state could not be kept in $PWD: the next run begins at the one before"
}

# start COMMAND... runs a command in the background, with no end of a pipe but those that are its stdin and stdout:
# else nobody would notice that the other side of one is gone. Until a new process has undone the traps, it takes a
# signal for itself and forgets it; so it says when it is ready for one.
start() {
  { trap - HUP INT TERM; echo >&7; exec "$@" 7>&-; } <&0 3>&- 4<&- 5>&- 6<&- &
}

# pass SIGNAL NUMBER passes a signal on to who is at work, once there is somebody.
pass() {
  signal=$1
  stopped=$((128 + $2))
  [ -n "$keeper" ] || return
  kill -s "$signal" "$tap" 2>/dev/null && [ -z "$passed" ] || kill -s TERM "$target" 2>/dev/null
  passed=yes
}

# finish PID waits for the end of a program, however often a signal interrupts, and sets code. After a signal bash
# sometimes has lost the code of a program that has ended, and says 127 or -1.
finish() {
  local last
  code=$stopped
  while :; do
    signal=
    wait "$1"
    last=$?
    [ "$last" -lt 0 ] || [ "$last" -eq 127 ] || code=$last
    [ -n "$signal" ] || return
  done
}

tap='' target='' keeper='' signal='' passed='' stopped=127
trap 'pass TERM 1' HUP
trap 'pass TERM 15' TERM
trap 'pass INT 2' INT

# Named pipes, so that each program is a child whose number is known. Each is opened both ways first, since else
# opening one end would wait for the other.
if ! pipes=$(mktemp -d) || ! mkfifo "$pipes/messages" "$pipes/states" "$pipes/ready"; then
  fail 74 "no named pipe can be made in ${TMPDIR:-/tmp}"
fi
exec 7<>"$pipes/messages" 8<>"$pipes/states"
exec 3>"$pipes/messages" 5>"$pipes/states"
exec 4<"$pipes/messages" 6<"$pipes/states" 8>&-
exec 7<>"$pipes/ready"
rm -r "$pipes"

start tap-zendesk-talk --config config.json --config ENV ${catalog:+--catalog "$catalog"} --state state.json \
  </dev/null >&3
tap=$!
start "$@" <&4 >&5
target=$!
# A signal to the whole process group must not keep the keeper from its work.
{ trap '' HUP INT TERM; echo >&7; keep 7>&-; } <&6 3>&- 4<&- 5>&- 6<&- &
starting=$!
exec 3>&- 4<&- 5>&- 6<&-
ready=0
until [ "$ready" -eq 3 ] || [ "$SECONDS" -ge 20 ]; do # one that a signal has ended already says nothing
  read -r -t 1 <&7 && ready=$((ready + 1))
done
exec 7>&-
keeper=$starting
[ -z "$signal" ] || [ -n "$passed" ] || pass TERM 15 # it came before there was anybody to pass it on to

finish "$target"
target_code=$code
kill -s TERM "$tap" 2>/dev/null # has ended, as a rule; without a reader there is nothing left for it to do
finish "$tap"
tap_code=$code
finish "$keeper"
for code in "$code" "$target_code" "$tap_code"; do
  [ "$code" -eq 0 ] || exit "$code"
done
touch last-success || fail 74 "$PWD/last-success can't be written"
