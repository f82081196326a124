#!/usr/bin/env bash
# Checks the model of the takeover with spin and gcc.
#   docs/model/check.sh            every case that takes seconds
#   docs/model/check.sh deep       the large ones too: minutes and gigabytes
#   docs/model/check.sh list       names of the cases
#   docs/model/check.sh NAME ...   some of them
# A case is the design as it is, in which nothing may be found, or one of its parts left out,
# which has to break the invariant that is named. With -DREST it is looked for a run that never ends. Exit code 0 when all is as it should be.
set -u
here=$(cd "$(dirname "$0")" && pwd)

# name | model | switches | invariant that is broken, or nothing
cases='
handshake | handshake | -DLOSSES=1 -DFAULTS=1 |
handshake-expiry | handshake | -DLOSSES=1 -DFAULTS=1 -DEXPIRY |
claim-repeated | handshake | -DFAULT_CLAIM_REPEATED | the session is reset although nothing is lost
late-attach | handshake | -DFAULT_LATE_ATTACH | the agent is shut out by its own attempt
no-lookup | handshake | -DFAULT_NO_LOOKUP | an owner that was followed knows it
end-unfenced | handshake | -DEXPIRY -DFAULT_END_UNFENCED | the session is reset although nothing is lost
frames | frames | -DOWNERS=2 -DFRAMES=4 -DFAULTS=2 |
frames-again | frames | -DOWNERS=3 -DFRAMES=3 -DFAULTS=1 |
unstored-frames | frames | -DFAULTS=1 -DFAULT_UNSTORED_FRAMES | a frame of the agent is lost
calls | calls | -DLAST=2 -DFAULTS=1 |
calls-faults | calls | -DLAST=1 -DFAULTS=3 |
calls-repeatable | calls | -DREPEATABLE -DLAST=2 -DFAULTS=1 -DDEATHS=0 |
calls-repeatable-faults | calls | -DREPEATABLE -DLAST=1 -DFAULTS=3 |
calls-resets | calls | -DREPEATABLE -DRESETS -DLAST=1 -DFAULTS=2 |
told-once | calls | -DFAULTS=1 -DFAULT_TOLD_ONCE | a call ends once failures stop
events-of-abandoned | calls | -DREPEATABLE -DFAULTS=1 -DFAULT_EVENTS_OF_ABANDONED | an event is of a run that counts
step-repeated | calls | -DFAULTS=1 -DFAULT_STEP_REPEATED | a frame is delivered once
given-up-speaks | calls | -DREPEATABLE -DFAULTS=1 -DFAULT_GIVEN_UP_SPEAKS | an event is of a run that counts
old-log-speaks | calls | -DREPEATABLE -DRESETS -DLAST=1 -DFAULTS=1 -DFAULT_OLD_LOG_SPEAKS | an event is of a run that counts
handshake-rests | handshake | -DREST -DLOSSES=1 -DFAULTS=0 |
frames-rest | frames | -DREST -DOWNERS=2 -DFRAMES=4 -DFAULTS=1 |
calls-rest | calls | -DREST -DLAST=1 -DFAULTS=2 |
calls-repeatable-rest | calls | -DREST -DREPEATABLE -DLAST=1 -DFAULTS=2 |
step-out-of-turn | calls | -DFAULTS=1 -DFAULT_STEP_OUT_OF_TURN | a call ends once failures stop
start-early | calls | -DFAULTS=1 -DFAULT_START_EARLY | a call that must not run twice runs at most once
'
deep='
handshake-faults | handshake | -DLOSSES=1 -DFAULTS=2 -DEXPIRY |
handshake-deep | handshake | -DLOSSES=2 -DFAULTS=0 -DLIVING |
frames-deep | frames | -DOWNERS=3 -DFRAMES=4 -DFAULTS=0 |
calls-deep | calls | -DLAST=2 -DFAULTS=2 |
calls-repeatable-deep | calls | -DREPEATABLE -DLAST=2 -DFAULTS=1 |
'

trim() { sed 's/^ *//; s/ *$//'; }

# check NAME MODEL SWITCHES INVARIANT
check() {
	local work search run= speed=-O2 seconds states line broken code=0
	work=$(mktemp -d) || return 1
	cp "$here"/*.pml "$here"/*.h "$work" || return 1
	cd "$work" || return 1
	# A counterexample is the shortest one when states are searched breadth first.
	search=-DCOLLAPSE
	[ -n "$4" ] && search="-DBFS -DCOLLAPSE" && speed=-O0 # which is soon found: sooner than compiled
	search="-DSAFETY $search"
	# No state is marked as progress, so that each cycle is one without any.
	[[ $3 == *-DREST* ]] && search="-DNP -DNOFAIR -DCOLLAPSE" && run=-l
	SECONDS=0
	# shellcheck disable=SC2086
	{ spin $3 -a "$2.pml" && gcc $speed -w $search -o pan pan.c; } > build.log 2>&1 || { cat build.log; return 1; }
	# Ends of processes are no errors: the process Rest looks at the state in which nothing goes on.
	# shellcheck disable=SC2086
	./pan $run -E -m1000000 > pan.log 2>&1
	seconds=$SECONDS
	broken=
	if [ -f "$2.pml.trail" ]; then
		# shellcheck disable=SC2086
		spin $3 -t -B "$2.pml" > trace.log 2>&1
		line=$(sed -n "s/^spin: $2.pml:\([0-9]*\), Error: assertion violated.*/\1/p" trace.log | head -1)
		broken=$(sed -n "${line:-0}s/.*assert(.*\/\* \(.*\) \*\/.*/\1/p" "$2.pml" 2>/dev/null)
		broken=${broken:-something else}
	fi
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log | head -1)
	if ! grep -q 'errors: [01]$' pan.log || grep -q 'max search depth too small\|out of memory' pan.log; then
		echo "FAILED $1: the search did not come to its end"; tail -20 pan.log
		code=1
	elif [ "$broken" = "$4" ]; then
		echo "ok $1: ${4:+as it must, it breaks: $4, }$states states, $seconds s"
		[ -n "$4" ] && trace
	else
		echo "FAILED $1: expected '${4:-nothing}', found '${broken:-nothing}', $states states, $seconds s"; trace
		code=1
	fi
	rm -rf "$work"
	return $code
}

trace() { grep -vE '^spin:|^ *$|processes' trace.log | grep -E '[a-z] ?[0-9]*: |lost$|rests' | sed 's/^ */    /'; }

command -v spin > /dev/null && command -v gcc > /dev/null || { echo "spin and gcc are needed (Debian: apt-get install spin gcc)"; exit 2; }

case ${1:-} in
	list) echo "$cases" | grep '|' | cut -d'|' -f1 | trim; exit 0 ;;
	deep) selected=$(echo "$cases$deep" | grep '|') ;;
	'') selected=$(echo "$cases" | grep '|') ;;
	*) selected=; for name in "$@"; do
		one=$(echo "$cases$deep" | grep "^$name |") || { echo "There is no case $name"; exit 2; }
		selected="$selected$one
"; done ;;
esac
failures=0
while IFS='|' read -r name model switches invariant; do
	[ -n "$name" ] || continue
	( check "$(echo "$name" | trim)" "$(echo "$model" | trim)" "$switches" "$(echo "$invariant" | trim)" ) || failures=$((failures + 1))
done <<< "$selected"
[ "$failures" = 0 ] || { echo "$failures cases FAILED"; exit 1; }
