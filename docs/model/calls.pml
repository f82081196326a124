/*
 * One call of the agent: its start, its event and its end, wherever it runs and whoever
 * owns the session. README.md says what is left out.
 *
 * Peers 0 to LAST own the session one after the other, each in a pod of its own. Durability
 * is strict: a frame that is durable reaches the agent once, by replay if need be.
 * -DREPEATABLE: the call is readOnly or idempotent. -DRESETS: a takeover may reset the session.
 */
#include "bounds.h"

#ifndef LAST
#define LAST 2
#endif
#define PEERS (LAST + 1)
#define INBOX 6
#ifndef DEATHS
#define DEATHS 1
#endif

/* Frames of a run. */
#define EVENT 1
#define RESULT 2
#define LOST 4
#define ENDS (RESULT | LOST)

/* The store. */
byte owner = 0;
bool invoked = false;		/* the INVOKE is received */
byte runner = NONE;		/* record c: the call is open, and runs there */
bool answered = false;
byte taken = 0;
byte latest[PEERS];		/* records q */
byte gone = 0;			/* mended: records q of those that were given up */
byte messages = 0;
byte inboxFrom[INBOX + 1];
byte inboxNumber[INBOX + 1];
byte inboxFrames[INBOX + 1];
bool inboxOld[INBOX + 1];	/* it belongs to a log before the present one */
bool before[PEERS];		/* what the peer says belongs to a log before the present one */

/* What the agent gets. */
byte events[PEERS];
byte ends = 0;
bool counts[PEERS];		/* the run of this peer is recorded and was not given up */
byte runs = 0;

#define NOBODY 0
#define OWNING 1
#define FOLLOWER 2
#define DEAD 3
byte role[PEERS];
bool attached[PEERS];		/* it has a connection, or takes a broken one for one */

/* The run of the call at a peer. */
#define NONE_YET 0
#define WAITING 1
#define RUNNING 2
#define SAID 3
#define DONE 4
byte run_[PEERS];
bool sure[PEERS];		/* its record is known to be durable */
byte queue[PEERS];		/* frames of its own without a number */
bool told[PEERS];		/* MOVED is on its way */
bool closing[PEERS];		/* it has heard, and waits for its step */

/* As an owner. */
bool received[PEERS];
bool fresh[PEERS];		/* the record of its own run is to be stored */
byte remote[PEERS];		/* where the call runs as far as it knows */
byte others[PEERS];		/* events of followers that have no number, a bit for each */
byte end[PEERS];		/* the end of a remote call that has no number */
byte read[PEERS];
byte heard[PEERS * PEERS];
byte buried[PEERS];		/* followers that are gone, a bit for each */
bool tidy[PEERS];		/* a message was taken */

/* Two steps of each peer: the one that is underway, and one that has begun behind it. */
#define FLYING 1
#define APPLIED 2
#define STEPS (2 * PEERS)
#define first(p) (2 * (p))
#define second(p) (2 * (p) + 1)
byte step[STEPS];
bool stepReceived[STEPS];
bool stepFresh[STEPS];
byte stepQueue[STEPS];
byte stepOthers[STEPS];
byte stepEnd[STEPS];
byte stepTaken[STEPS];
byte stepBuried[STEPS];

/* PUSH of a follower. */
byte push[PEERS];
byte pushed[PEERS];		/* frames of it */
bool pushedOld[PEERS];
byte pushes[PEERS];		/* number of the latest one */
byte late[PEERS];		/* frames of one that was given up by time and may still arrive */
byte lateNumber[PEERS];
bool lateOld[PEERS];

byte faults = FAULTS;
byte deaths = DEATHS;

inline start(s) {
	run_[s] = RUNNING; runs++;
	printf("peer %d: the call runs\n", s);
#ifndef REPEATABLE
	assert(runs <= 1 /* a call that must not run twice runs at most once */)
#endif
}

inline clear(k) {
	step[k] = 0; stepQueue[k] = 0; stepOthers[k] = 0; stepEnd[k] = 0; stepTaken[k] = 0; stepFresh[k] = false;
	stepReceived[k] = false; stepBuried[k] = 0
}

/* The first step is over, and the second one is the first. */
inline advance(d) {
	step[first(d)] = step[second(d)]; stepQueue[first(d)] = stepQueue[second(d)]; stepOthers[first(d)] = stepOthers[second(d)];
	stepEnd[first(d)] = stepEnd[second(d)]; stepTaken[first(d)] = stepTaken[second(d)]; stepFresh[first(d)] = stepFresh[second(d)];
	stepReceived[first(d)] = stepReceived[second(d)]; stepBuried[first(d)] = stepBuried[second(d)];
	clear(second(d))
}

inline forget(n) {
	clear(first(n)); clear(second(n))
}

/* Ownership.follow; what is not durable goes out without a number. */
inline becomeFollower(q) {
	role[q] = FOLLOWER; closing[q] = false; attached[q] = false;
	queue[q] = queue[q] | stepQueue[first(q)] | stepQueue[second(q)];
	forget(q);
	others[q] = 0; end[q] = 0; read[q] = 0; buried[q] = 0; fresh[q] = false; tidy[q] = false; remote[q] = NONE;
	if
	:: run_[q] != NONE_YET && !sure[q] ->
		run_[q] = NONE_YET;
#ifdef FAULT_EVENTS_OF_ABANDONED
		queue[q] = queue[q] & EVENT;
#else
		queue[q] = 0;
#endif
		printf("peer %d: the call is abandoned here\n", q)
	:: else
	fi;
	printf("peer %d: is a follower\n", q)
}

/* What a step that is durable leads to: a call that waited for it starts. */
inline confirm(c) {
	if
	:: stepFresh[first(c)] && run_[c] != NONE_YET ->
		sure[c] = true;
		if
		:: run_[c] == WAITING -> start(c)
		:: else
		fi
	:: else
	fi;
	advance(c)
}

/* CommitPipeline.moved: the outcome of the steps that are underway is waited for. */
inline hear(h) {
	if
	:: role[h] == OWNING && step[first(h)] == 0 -> becomeFollower(h)
	:: role[h] == OWNING && step[first(h)] != 0 -> closing[h] = true
	:: else
	fi
}

inline deliver(o) {
	events[o]++;
	printf("agent: an event of the run of peer %d\n", o);
	assert(events[o] <= 1 /* a frame is delivered once */);
	assert(counts[o] /* an event is of a run that counts */)
}

#if LAST == 2
#define isGivenUp(g) (((buried[0] | buried[1] | buried[2]) & (1 << (g))) != 0)
#else
#define isGivenUp(g) (((buried[0] | buried[1]) & (1 << (g))) != 0)
#endif

/* The store takes a step only behind the one before. */
#ifdef FAULT_STEP_OUT_OF_TURN
#define mayApply(p) (step[first(p)] == FLYING || (owner == p && step[second(p)] == FLYING))
#define applicable(p) (owner == p && step[second(p)] == FLYING -> second(p) : first(p))
#else
#define mayApply(p) (step[first(p)] == FLYING || (owner == p && step[first(p)] == APPLIED && step[second(p)] == FLYING))
#define applicable(p) (step[first(p)] == FLYING -> first(p) : second(p))
#endif

proctype Peer(byte p) {
	byte i;
	byte f;
	byte k;
	do
	/* step invoke: FrameDispatcher.run, Ownership.start */
	:: d_step { role[p] == OWNING && attached[p] && !received[p] && !closing[p] ->
		received[p] = true; fresh[p] = true; run_[p] = WAITING; remote[p] = p;
		printf("peer %d: receives INVOKE\n", p);
#if defined(REPEATABLE) || defined(FAULT_START_EARLY)
		start(p)
#endif
		}
	/* step event: CalleeStream.sendEvent */
	:: d_step { role[p] != DEAD && run_[p] == RUNNING -> run_[p] = SAID; queue[p] = queue[p] | EVENT;
		printf("peer %d: the call sends an event\n", p) }
	/* step result: CalleeStream.sourceCompleted */
	:: d_step { role[p] != DEAD && run_[p] == SAID -> run_[p] = DONE; queue[p] = queue[p] | RESULT;
		printf("peer %d: the call has its result\n", p) }
	/* step begin: CommitPipeline.flush, SendQueue.nextMessage */
	:: d_step { role[p] == OWNING && !closing[p] && step[second(p)] == 0 && (fresh[p] || (attached[p] && (queue[p] != 0 || others[p] != 0 || end[p] != 0 || tidy[p]))) ->
		k = (step[first(p)] == 0 -> first(p) : second(p));
		step[k] = FLYING; stepReceived[k] = received[p]; stepFresh[k] = fresh[p]; fresh[p] = false;
		stepTaken[k] = taken; stepBuried[k] = buried[p];
		if
		:: attached[p] ->
			/* Frames get numbers only when there is a connection. */
			stepQueue[k] = queue[p]; queue[p] = 0; stepOthers[k] = others[p]; others[p] = 0; stepEnd[k] = end[p]; end[p] = 0;
			stepTaken[k] = read[p]; tidy[p] = false
		:: else
		fi;
		printf("peer %d: COMMIT, %d underway\n", p, k - first(p) + 1);
		k = 0 }
	/* step commit: SessionScripts.COMMIT */
	:: d_step { mayApply(p) ->
		k = applicable(p);
		if
		:: owner == p ->
			step[k] = APPLIED;
#ifdef FAULT_STEP_OUT_OF_TURN
			/* The number of the first one has passed then, and it counts as applied. */
			step[first(p)] = APPLIED;
#endif
			printf("store: COMMIT of peer %d is applied\n", p);
			invoked = invoked || stepReceived[k];
			/* What followers had said before one of them was given up. */
			i = 0;
			do
			:: i < PEERS && (stepOthers[k] & (1 << i)) != 0 -> deliver(i); i++
			:: i < PEERS && (stepOthers[k] & (1 << i)) == 0 -> i++
			:: else -> break
			od;
			if
			:: stepFresh[k] ->
				if
				:: runner != NONE -> counts[runner] = false
				:: else
				fi;
				runner = p; counts[p] = true
			:: else
			fi;
			if
			:: (stepQueue[k] & EVENT) != 0 -> deliver(p)
			:: else
			fi;
			if
			:: ((stepQueue[k] | stepEnd[k]) & ENDS) != 0 ->
				ends++; runner = NONE;
				printf("agent: the call ends\n");
				assert(ends <= 1 /* a call ends once */)
			:: else
			fi;
#ifndef FAULT_GIVEN_UP_SPEAKS
			gone = gone | stepBuried[k];
#endif
			i = taken + 1;
			do
			:: i <= stepTaken[k] ->
				f = inboxFrom[i];
				if
				:: inboxNumber[i] > latest[f] -> latest[f] = inboxNumber[i]
				:: else
				fi;
				i++
			:: else -> break
			od;
			if
			:: stepTaken[k] > taken -> taken = stepTaken[k]
			:: else
			fi;
			i = 0; f = 0
		:: else -> printf("store: COMMIT of peer %d is fenced\n", p);
			if
			:: role[p] == DEAD -> forget(p)
			:: else -> becomeFollower(p)
			fi
		fi;
		k = 0;
		if
		:: role[p] == DEAD -> advance(p)
		:: else
		fi }
	/* step confirmed: CommitPipeline.confirmed */
	:: d_step { step[first(p)] == APPLIED && role[p] != DEAD ->
		printf("peer %d: its COMMIT is confirmed\n", p);
		confirm(p);
		if
		:: closing[p] && step[first(p)] == 0 -> becomeFollower(p)
		:: else
		fi }
	/* step repeat: CommitPipeline.failed, SessionScripts.COMMIT */
	:: d_step { step[first(p)] == APPLIED && faults > 0 -> faults--;
		printf("peer %d: the reply to COMMIT is lost, it is repeated\n", p);
#ifdef FAULT_STEP_REPEATED
		if
		:: owner == p || role[p] == DEAD -> skip
		:: else ->
			printf("store: COMMIT of peer %d is fenced, though it was applied before\n", p);
			becomeFollower(p)
		fi
#else
		/* The store knows the last step of each former owner. */
		printf("store: COMMIT of peer %d was applied before\n", p)
#endif
		}
	/* step detached: Peer.detached */
	:: d_step { attached[p] && owner != p -> attached[p] = false; printf("peer %d: has no connection any more\n", p) }
	/* step moved: CommitPipeline.moved, Ownership.follow */
	:: d_step { told[p] -> told[p] = false; hear(p) }
	:: d_step { told[p] && faults > 0 -> faults--; told[p] = false; printf("MOVED for peer %d is lost\n", p) }
#ifndef FAULT_TOLD_ONCE
	/* step lookup: DetachedSession.watchOwner */
	:: d_step { role[p] == OWNING && owner != p && !closing[p] && step[first(p)] == 0 -> printf("peer %d: looks\n", p); hear(p) }
#endif
	/* step push: InboxWriter.pump */
	:: d_step { role[p] == FOLLOWER && push[p] == 0 && queue[p] != 0 ->
		push[p] = FLYING; pushed[p] = queue[p]; pushedOld[p] = before[p]; queue[p] = 0; pushes[p]++ }
	/* step inbox: SessionScripts.PUSH */
	:: d_step { push[p] == FLYING && messages < INBOX ->
		messages++;
		inboxFrom[messages] = p; inboxNumber[messages] = pushes[p]; inboxFrames[messages] = pushed[p];
		inboxOld[messages] = pushedOld[p];
		push[p] = APPLIED;
		printf("store: PUSH %d of peer %d, frames %d\n", pushes[p], p, pushed[p]) }
	/* step pushed: InboxWriter.notPushed */
	:: d_step { push[p] == APPLIED -> push[p] = 0; pushed[p] = 0; pushedOld[p] = false }
	:: d_step { push[p] == APPLIED && faults > 0 -> faults--; push[p] = FLYING;
		printf("peer %d: the reply to PUSH is lost, it is repeated\n", p) }
	:: d_step { push[p] == FLYING && faults > 0 && late[p] == 0 -> faults--; late[p] = pushed[p]; lateNumber[p] = pushes[p]; lateOld[p] = pushedOld[p];
		printf("peer %d: PUSH fails by time and is repeated\n", p) }
	:: d_step { late[p] != 0 && messages < INBOX ->
		messages++;
		inboxFrom[messages] = p; inboxNumber[messages] = lateNumber[p]; inboxFrames[messages] = late[p]; inboxOld[messages] = lateOld[p];
		printf("store: PUSH %d of peer %d arrives late, frames %d\n", lateNumber[p], p, late[p]);
		late[p] = 0; lateNumber[p] = 0; lateOld[p] = false }
	/* step pull: SessionScripts.PULL, RunnerFrames.take */
	:: d_step { role[p] == OWNING && owner == p && !closing[p] && read[p] < messages ->
		read[p]++; tidy[p] = true;
		i = read[p]; f = inboxFrom[i];
		if
		:: inboxNumber[i] <= heard[p * PEERS + f] || inboxNumber[i] <= latest[f] -> skip
#ifndef FAULT_OLD_LOG_SPEAKS
		:: inboxOld[i] -> skip
#endif
#ifndef FAULT_GIVEN_UP_SPEAKS
		:: ((buried[p] | gone) & (1 << f)) != 0 -> skip
#endif
		:: else ->
			heard[p * PEERS + f] = inboxNumber[i];
			if
			:: (inboxFrames[i] & EVENT) != 0 -> others[p] = others[p] | (1 << f)
			:: else
			fi;
			if
			:: (inboxFrames[i] & ENDS) != 0 && !inboxOld[i] && remote[p] == f -> end[p] = RESULT; remote[p] = NONE
			:: else
			fi
		fi;
		printf("peer %d: takes message %d of peer %d\n", p, inboxNumber[i], f);
		i = 0; f = 0 }
#ifdef RESETS
	/* step log: OwnerLink.begin */
	:: d_step { before[p] && role[p] == FOLLOWER ->
		before[p] = false; run_[p] = NONE_YET; sure[p] = false;
#ifdef FAULT_OLD_LOG_SPEAKS
		queue[p] = queue[p] & EVENT;
#else
		queue[p] = 0;
#endif
		printf("peer %d: hears of the reset, the call is stopped\n", p) }
#endif
	/* step streams: RemoteRunners.sendStreamList, OtherPods.reconcileStreams */
#ifndef FAULT_TOLD_ONCE
	:: d_step { role[p] == OWNING && remote[p] != NONE && remote[p] != p && role[remote[p]] == OWNING && !closing[remote[p]] ->
		f = remote[p];
		printf("peer %d: STREAMS for peer %d, which takes itself for the owner\n", p, f);
		hear(f);
		f = 0 }
#endif
	:: d_step { role[p] == OWNING && remote[p] != NONE && remote[p] != p && role[remote[p]] == FOLLOWER && !before[remote[p]] &&
		   run_[remote[p]] == NONE_YET && !sure[remote[p]] ->
		f = remote[p];
		sure[f] = true; queue[f] = queue[f] | LOST;
		printf("peer %d: does not know the call, it is LOST\n", f);
		f = 0 }
	/* step bury: RemoteRunners.giveUp, RemoteRunners.forget, RecordedOwner.repeatOrLose */
	:: d_step { role[p] == OWNING && remote[p] != NONE && remote[p] != p && (owner != p || read[p] == messages) &&
		   (role[remote[p]] == DEAD || role[remote[p]] == NOBODY || (faults > 0 && role[remote[p]] == FOLLOWER)) ->
		f = remote[p];
		if
		:: role[f] == FOLLOWER -> faults--; printf("peer %d: takes peer %d for dead, which is only slow\n", p, f)
		:: else -> printf("peer %d: finds that peer %d is dead\n", p, f)
		fi;
		buried[p] = buried[p] | (1 << f);
#ifdef REPEATABLE
		remote[p] = p; fresh[p] = true; run_[p] = WAITING; sure[p] = false;
		start(p);
#else
		remote[p] = NONE; end[p] = LOST;
#endif
		f = 0 }
	/* step given-up: RemoteRunners.woken, ServerSession.ended */
	:: d_step { role[p] == FOLLOWER && isGivenUp(p) ->
		role[p] = NOBODY; run_[p] = NONE_YET; queue[p] = 0; sure[p] = false; told[p] = false;
		printf("peer %d: hears that it was given up, and leaves\n", p) }
	:: d_step { deaths > 0 && (role[p] == OWNING || role[p] == FOLLOWER) ->
		deaths--; role[p] = DEAD; attached[p] = false; run_[p] = NONE_YET; queue[p] = 0; sure[p] = false; told[p] = false; closing[p] = false;
		received[p] = false; fresh[p] = false; remote[p] = NONE; others[p] = 0; end[p] = 0; read[p] = 0; buried[p] = 0; tidy[p] = false;
		if
		:: step[first(p)] == FLYING -> skip
		:: step[first(p)] == APPLIED && step[second(p)] == FLYING -> advance(p)
		:: else -> forget(p)
		fi;
		if
		:: push[p] == FLYING -> skip
		:: else -> push[p] = 0; pushed[p] = 0; pushedOld[p] = false
		fi;
		printf("peer %d: dies\n", p) }
	od
}

/* The agent comes back to another pod. */
proctype Agent() {
	byte x;
	byte i;
	do
	/* step claim: SessionScripts.CLAIM, RecordedOwner.restore, RemoteRunners.tellMoved */
	:: atomic { x < LAST -> x++;
		printf("agent: comes to peer %d, the call is open at %d\n", x, runner);
		if
		:: role[owner] != DEAD -> told[owner] = true
		:: else
		fi;
		if
		:: runner != NONE && role[runner] != DEAD && role[runner] != NOBODY -> told[runner] = true
		:: else
		fi;
#ifdef RESETS
		if
		:: faults > 0 && invoked && ends == 0 ->
			/* step reset: RemoteRunners.begin */
			faults--;
			printf("agent: WELCOME reset\n");
			for (i : 0 .. LAST) {
				before[i] = (role[i] != NOBODY && role[i] != DEAD);
				pushedOld[i] = (push[i] != 0); lateOld[i] = (late[i] != 0);
				counts[i] = false
			};
			for (i : 1 .. messages) { inboxOld[i] = true };
			i = 0;
			runner = NONE;
#ifdef REPEATABLE
			/* The agent makes the call again. */
			invoked = false
#else
			ends = 1
#endif
		:: true
		fi;
#endif
		owner = x; role[x] = OWNING; attached[x] = true;
		received[x] = invoked; remote[x] = runner; read[x] = taken }
	/* It stays. */
	:: break
	od
}

proctype Rest() {
	timeout;
	printf("everything rests: owner %d, the call has ended %d times\n", owner, ends);
	assert(role[owner] != OWNING || ends == 1 /* a call ends once failures stop */)
}

init {
	byte x;
	d_step {
		role[0] = OWNING; attached[0] = true;
		for (x : 0 .. LAST) { remote[x] = NONE };
		x = 0
	};
	atomic {
		run Agent();
		for (x : 0 .. LAST) { run Peer(x) };
		run Rest();
		x = 0
	}
}
