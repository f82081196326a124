/*
 * Frames of the agent for a call that runs at a follower: owner, step, lane, gap,
 * acknowledgement, takeover in the middle. README.md says what is left out.
 *
 * Peer 0 is the follower with the call, which its first frame opens. Peers 1 to OWNERS own the session one after the
 * other. Frame 2 of the agent is for the owner itself, all others are for the call.
 */
#include "bounds.h"

#ifndef FRAMES
#define FRAMES 4
#endif
#ifndef OWNERS
#define OWNERS 3
#endif
#ifdef FAULT_UNSTORED_FRAMES
#define MESSAGES (FRAMES * OWNERS)
#else
#define MESSAGES FRAMES
#endif
#define isForCall(f) ((f) != 2)

/* The store: number received, and the records d of messages for the follower. */
byte owner = 1;
byte durable = 0;
byte oldest = 1;	/* first message whose record is there */

/* Messages in the order in which they were made; mended: in which they became durable. */
byte made = 0;
byte maker[MESSAGES + 1];
byte number[MESSAGES + 1];
byte beforeMaker[MESSAGES + 1];
byte beforeNumber[MESSAGES + 1];
byte from[MESSAGES + 1];
byte upTo[MESSAGES + 1];
bool flying[MESSAGES + 1];

/* Owners. */
#define NOBODY 0
#define OWNING 1
#define FENCED 2
byte role[OWNERS + 1];
byte received[OWNERS + 1];
byte committed[OWNERS + 1];
byte passed[OWNERS + 1];	/* up to here frames are in messages */
byte last[OWNERS + 1];		/* number of its latest message */
byte first[OWNERS + 1];		/* oldest message in its lane */
byte end[OWNERS + 1];		/* the one after the latest message in its lane */
byte sent[OWNERS + 1];		/* latest message in its lane that was sent, or 0 */
/* Two steps of each owner: the one that is underway, and one that has begun behind it. */
#define NONE_UNDERWAY 0
#define FLYING 1
#define APPLIED 2
#define STEPS (2 * OWNERS + 2)
#define one(o) (2 * (o))
#define two(o) (2 * (o) + 1)
byte step[STEPS];
byte stepReceived[STEPS];
byte stepOldest[STEPS];
byte stepMaker[STEPS];		/* the message before the one that it stores */
byte stepNumber[STEPS];
byte stepMessage[STEPS];	/* message that it stores, or 0 */

/* The agent: what it need not keep any more. */
byte acknowledged = 0;

/* The follower. */
byte heard[OWNERS + 1];
byte latestMaker = 0;
byte seen = 0;
byte processed = 0;
/* WAKE to an owner: what has arrived. */
bool wake[OWNERS + 1];
byte wakeMaker[OWNERS + 1];
byte wakeNumber[OWNERS + 1];

byte faults = FAULTS;

inline clear(c) {
	step[c] = NONE_UNDERWAY; stepReceived[c] = 0; stepOldest[c] = 0; stepMaker[c] = 0; stepNumber[c] = 0; stepMessage[c] = 0
}

/* It owns nothing any more, and has nothing to say. */
inline close(o) {
	role[o] = FENCED; received[o] = 0; committed[o] = 0; passed[o] = 0; first[o] = 0; end[o] = 0;
	sent[o] = 0; clear(one(o)); clear(two(o)); wake[o] = false; wakeMaker[o] = 0; wakeNumber[o] = 0
}

/* Makes the next message of a lane, with the frames that were received up to top. */
inline seal(o, top, bm, bn) {
	made++;
	beforeMaker[made] = bm; beforeNumber[made] = bn;
	last[o]++;
	maker[made] = o; number[made] = last[o];
	from[made] = passed[o] + 1; upTo[made] = top;
	if
	:: first[o] == end[o] -> first[o] = made
	:: else
	fi;
	end[o] = made + 1
}

/* A message of a step whose outcome the owner does not know yet. */
#define isSealed(o, m) (stepMessage[one(o)] == (m) || stepMessage[two(o)] == (m))

proctype Owner(byte x) {
	byte i;
	byte k;
	do
	/* step receive: FrameDispatcher.pass, RemoteStreams.pass */
	:: d_step { role[x] == OWNING && received[x] < FRAMES ->
		received[x]++;
		printf("owner %d: receives frame %d\n", x, received[x]);
#ifdef FAULT_UNSTORED_FRAMES
		/* It passes them on at once. */
		passed[x] = received[x] - 1;
		if
		:: isForCall(received[x]) ->
			if
			:: last[x] > 0 -> seal(x, received[x], x, last[x])
			:: else -> seal(x, received[x], 0, 0)
			fi;
			flying[made] = true; sent[x] = made;
			printf("owner %d: FRAMES (%d, %d) with frame %d to the follower\n", x, x, number[made], received[x])
		:: else
		fi
#endif
		}
	/* step begin: CommitPipeline.flush, RunnerLanes.seal */
	:: d_step { role[x] == OWNING && step[two(x)] == NONE_UNDERWAY &&
		   received[x] > (step[one(x)] == NONE_UNDERWAY -> committed[x] : stepReceived[one(x)]) ->
		k = (step[one(x)] == NONE_UNDERWAY -> one(x) : two(x));
		step[k] = FLYING; stepReceived[k] = received[x]; stepOldest[k] = first[x];
		if
		:: first[x] < end[x] -> stepMaker[k] = maker[end[x] - 1]; stepNumber[k] = number[end[x] - 1]
		:: else -> stepMaker[k] = 0; stepNumber[k] = 0
		fi;
		printf("owner %d: COMMIT with frames up to %d, %d underway\n", x, received[x], k - one(x) + 1);
		k = 0 }
	/* step commit: SessionScripts.COMMIT */
	:: d_step { step[one(x)] == FLYING || (owner == x && step[one(x)] == APPLIED && step[two(x)] == FLYING) ->
		/* The store takes a step only behind the one before. */
		k = (step[one(x)] == FLYING -> one(x) : two(x));
		if
		:: owner != x -> close(x);
			printf("store: COMMIT of owner %d is fenced\n", x)
		:: else ->
			step[k] = APPLIED; durable = stepReceived[k];
#ifndef FAULT_UNSTORED_FRAMES
			if
			:: stepOldest[k] > oldest -> oldest = stepOldest[k]
			:: else
			fi;
			if
			:: passed[x] + 1 < durable || isForCall(durable) ->
				seal(x, durable, stepMaker[k], stepNumber[k]);
				stepMessage[k] = made;
				if
				:: k == one(x) && step[two(x)] != NONE_UNDERWAY -> stepMaker[two(x)] = x; stepNumber[two(x)] = number[made]
				:: else
				fi
			:: else
			fi;
			passed[x] = durable;
			stepOldest[k] = 0; stepMaker[k] = 0; stepNumber[k] = 0;
#endif
			printf("store: COMMIT of owner %d, frames up to %d are durable\n", x, durable)
		fi;
		k = 0 }
	/* step repeat: CommitPipeline.failed, SessionScripts.COMMIT */
	:: d_step { step[one(x)] == APPLIED && faults > 0 -> faults--;
		printf("owner %d: the reply to COMMIT is lost, it is repeated\n", x);
		printf("store: COMMIT of owner %d was applied before\n", x) }
	/* step confirmed: CommitPipeline.confirmed, RunnerLanes.send */
	:: d_step { step[one(x)] == APPLIED && role[x] == OWNING ->
		committed[x] = stepReceived[one(x)];
		acknowledged = (committed[x] > acknowledged -> committed[x] : acknowledged);
		printf("owner %d: ACK of frames up to %d\n", x, committed[x]);
		if
		:: stepMessage[one(x)] != 0 -> flying[stepMessage[one(x)]] = true; sent[x] = stepMessage[one(x)];
			printf("owner %d: FRAMES (%d, %d) with frames %d to %d to the follower\n", x, x, number[stepMessage[one(x)]], from[stepMessage[one(x)]], upTo[stepMessage[one(x)]]);
			skip
		:: else
		fi;
		step[one(x)] = step[two(x)]; stepReceived[one(x)] = stepReceived[two(x)]; stepOldest[one(x)] = stepOldest[two(x)];
		stepMaker[one(x)] = stepMaker[two(x)]; stepNumber[one(x)] = stepNumber[two(x)]; stepMessage[one(x)] = stepMessage[two(x)];
		clear(two(x)) }
	/* step woken: RemoteRunners.woken, RunnerLane.heard */
	:: d_step { wake[x] ->
		wake[x] = false;
		printf("owner %d: WAKE, the follower has (%d, %d)\n", x, wakeMaker[x], wakeNumber[x]);
		i = end[x];
		do
		:: i > first[x] && maker[i - 1] == wakeMaker[x] && number[i - 1] <= wakeNumber[x] -> first[x] = i; break
		:: i > first[x] && !(maker[i - 1] == wakeMaker[x] && number[i - 1] <= wakeNumber[x]) -> i--
		:: else -> break
		od;
		i = 0; wakeMaker[x] = 0; wakeNumber[x] = 0 }
	:: d_step { wake[x] && faults > 0 -> faults--; wake[x] = false; wakeMaker[x] = 0; wakeNumber[x] = 0;
		printf("WAKE for owner %d is lost\n", x) }
	/* step resend: RunnerLane.overdue */
	:: d_step { role[x] == OWNING && first[x] < end[x] && !flying[first[x]] && !isSealed(x, first[x]) && !wake[x] && heard[maker[first[x]]] < number[first[x]] ->
		i = first[x];
		do
		:: i < end[x] && !isSealed(x, i) -> flying[i] = (number[i] > heard[maker[i]]); i++
		:: else -> break
		od;
		printf("owner %d: sends FRAMES again from (%d, %d) on\n", x, maker[first[x]], number[first[x]]);
		i = 0 }
#ifndef FAULT_UNSTORED_FRAMES
	/* step streams: RemoteRunners.sendStreamList, OtherPods.reconcileStreams */
	:: d_step { role[x] == OWNING && committed[x] > 0 && processed == 0 &&
		   (sent[x] == 0 || heard[maker[sent[x]]] >= number[sent[x]]) ->
		printf("owner %d: STREAMS, the follower does not know the call\n", x);
		assert(false /* a call is not LOST as long as its INVOKE is on its way */) }
#endif
	:: d_step { role[x] == OWNING && faults > 0 -> faults--; close(x);
		printf("owner %d: dies\n", x) }
	od
}

/* The agent comes back to another pod. */
proctype Agent() {
	byte x = 1;
	do
	/* step claim: SessionScripts.CLAIM, RunnerLanes.restore */
	:: d_step { x < OWNERS -> x++;
		owner = x; role[x] = OWNING;
		received[x] = durable; committed[x] = durable; passed[x] = durable;
#ifdef FAULT_UNSTORED_FRAMES
		first[x] = made + 1; end[x] = made + 1;
#else
		first[x] = oldest; end[x] = made + 1;
		if
		:: oldest <= made -> sent[x] = made
		:: else
		fi;
#endif
		printf("agent: comes to owner %d, which has frames up to %d\n", x, durable);
		assert(acknowledged <= durable /* what was acknowledged is durable */) }
	/* It stays. */
	:: break
	od
}

/* Message m on its way to the follower. */
proctype Message(byte m) {
	byte f;
	do
	/* step frames: OwnerLink.receive */
	:: d_step { flying[m] -> flying[m] = false;
		if
		:: number[m] <= heard[maker[m]] -> printf("follower: has (%d, %d) already\n", maker[m], number[m])
		:: number[m] > heard[maker[m]] && beforeMaker[m] != 0 && heard[beforeMaker[m]] < beforeNumber[m] ->
			printf("follower: (%d, %d) lacks the one before\n", maker[m], number[m])
		:: else ->
			heard[maker[m]] = number[m]; latestMaker = maker[m];
			printf("follower: takes (%d, %d) with frames %d to %d\n", maker[m], number[m], from[m], upTo[m]);
			f = from[m];
			do
			:: f <= upTo[m] ->
				if
				:: f > seen && isForCall(f) ->
					assert(f == processed + 1 || (f == 3 && processed == 1) /* a frame of the agent is lost */);
					processed = f; seen = f
				:: else
				fi;
				f++
			:: else -> break
			od;
			f = 0
		fi }
	:: d_step { flying[m] && faults > 0 -> faults--; flying[m] = false;
		printf("FRAMES (%d, %d) is lost\n", maker[m], number[m]) }
	od
}

proctype Follower() {
	do
	/* step wake: OwnerLink.wakeUp */
	:: d_step { latestMaker != 0 && role[owner] == OWNING && !wake[owner] && first[owner] < end[owner] && heard[maker[first[owner]]] >= number[first[owner]] ->
#ifdef FAULT_UNSTORED_FRAMES
		wakeMaker[owner] = owner; wakeNumber[owner] = heard[owner];
#else
		wakeMaker[owner] = latestMaker; wakeNumber[owner] = heard[latestMaker];
#endif
		wake[owner] = true }
	od
}

proctype Rest() {
	timeout;
	printf("everything rests: owner %d, the call has got frames up to %d\n", owner, processed);
	assert(role[owner] != OWNING || processed == FRAMES /* all frames of the agent were processed */)
}

init {
	byte x;
	d_step { role[1] = OWNING; first[1] = 1; end[1] = 1; oldest = 1 };
	atomic {
		run Agent(); run Follower();
		for (x : 1 .. MESSAGES) { run Message(x) };
		for (x : 1 .. OWNERS) { run Owner(x) };
		run Rest();
		x = 0
	}
}
