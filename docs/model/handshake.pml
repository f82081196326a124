/*
 * Who owns a session and whose connection counts: HELLO, CLAIM, serve, attach, CONFIRM,
 * MOVED, fencing, END. One agent, two pods, one store. README.md says what is left out.
 *
 * Peer k and connection k belong to HELLO k; 0 are those that are there at the beginning.
 * A token has the number of the HELLO that brought it.
 */
#include "bounds.h"

/* The agent loses its first connection, and then as many as this. */
#ifndef LOSSES
#define LOSSES 1
#endif
#define HELLOS (LOSSES + 1)
#define PEERS (HELLOS + 1)

/* What a connection brings to the agent. */
#define RESUMED 1
#define RESET 2
#define SUPERSEDED 1	/* 4504: the agent does not come back */
#define RETRY 2		/* 4000, 4003, 4006: the agent comes back */
#define ENDED 3		/* 4503: the agent does not come back */

/* The store: hash "s" of SessionScripts. */
bool stored = true;
byte owner = 0;
byte epoch = 1;
byte token = 0;
byte previous = NONE;
byte attempt = 0;
byte came = NONE;	/* mended: the owner before the one that CLAIM made */

/* The agent. */
byte present = NONE;	/* connection that it uses or waits for; it has lost the first one */
bool connected = false;
byte mine = 0;		/* its token */
byte attempts = 0;
byte hellos = 0;
bool done = false;

/* Connections. */
byte pod[PEERS];
byte presented[PEERS];
byte attemptOf[PEERS];
bool sent[PEERS];
bool acked[PEERS];
bool gone[PEERS];	/* the pod has noticed that the socket is closed */
byte welcome[PEERS];
byte closed[PEERS];

/* Commands: CLAIM of HELLO k. */
#define FLYING 1
#define REPLY 2
#define OVER 3
byte claim[PEERS];
bool awaited[PEERS];
byte known[PEERS];	/* the owner in the pod when HELLO came */
bool granted[PEERS];
bool moves[PEERS];
byte claimEpoch[PEERS];
byte claimPrevious[PEERS];

/* Peers. */
#define NOBODY 0
#define OWNING 1
#define FOLLOWER 2
byte role[PEERS];
byte connection[PEERS];
byte epochOf[PEERS];
bool told[PEERS];	/* MOVED is in the loop of the peer */
bool moved[PEERS];	/* MOVED is on its way between pods */
bool expiry[PEERS];	/* the timer for the idle timeout runs */
byte ends[PEERS];	/* END with this epoch is underway */
byte served[2];
bool dead[2];	/* the process of a pod is gone */

/* What may still go wrong: with a connection that the agent then replaces, and otherwise. */
byte losses = LOSSES;
byte faults = FAULTS;
#ifdef EXPIRY
bool idle = true;	/* the idle timeout of the session may pass */
#else
bool idle = false;
#endif
bool over = false;	/* it has passed while the agent was away: the session has ended */

inline shut(c, code) {
	if
	:: c != NONE && c == present && !gone[c] && closed[c] == 0 -> closed[c] = code
	:: else
	fi
}

/* Ownership.follow, ServerSession.fenced */
inline becomeFollower(q) {
	if
	:: role[q] == OWNING ->
		role[q] = FOLLOWER;
		shut(connection[q], SUPERSEDED);
		connection[q] = NONE;
		if
		:: served[pod[q]] == q -> served[pod[q]] = NONE
		:: else
		fi
	:: else
	fi
}

/* Ownership.goneElsewhere */
inline goneElsewhere(q) {
	shut(connection[q], ENDED);
	connection[q] = NONE;
	role[q] = NOBODY;
	if
	:: served[pod[q]] == q -> served[pod[q]] = NONE
	:: else
	fi
}

/* A command of an owner is fenced. */
inline fenced(f) {
	if
	:: !stored -> goneElsewhere(f)
	:: else -> becomeFollower(f)
	fi
}

/* PeerCore.attach after ServerSession.attached */
inline doAttach(who, with) {
	shut(connection[who], SUPERSEDED);
	epochOf[who] = claimEpoch[with];
	if
	:: gone[with] -> connection[who] = NONE; expiry[who] = true
	:: else -> connection[who] = with; expiry[who] = false;
		if
		:: with == present -> welcome[with] = RESUMED
		:: else
		fi
	fi
}

/* Nobody waits for the reply any more. */
inline forgetReply(n) {
	if
	:: claim[n] == REPLY -> claim[n] = OVER
	:: else
	fi
}

/* Pod.send of MOVED */
inline tell(from, to) {
	if
	:: to != NONE && to != from && role[to] != FOLLOWER -> moved[to] = true
	:: else
	fi
}

proctype Agent() {
	byte target;
	do
	/* step connect: Connector.attempt */
	:: atomic { present == NONE && hellos < HELLOS && !done ->
		if :: !dead[0] -> target = 0 :: !dead[1] -> target = 1 fi;
		d_step {
			hellos++; attempts++; present = hellos;
			pod[present] = target; presented[present] = mine; attemptOf[present] = attempts;
			sent[present] = true;
			printf("agent: HELLO %d to pod %d with token %d, attempt %d\n", present, target, mine, attempts);
			target = 0
		} }
	:: d_step { present != NONE && losses > 0 && !done ->
		losses--;
		printf("agent: gives connection %d up\n", present);
		welcome[present] = 0; closed[present] = 0; present = NONE; connected = false }
	/* step welcome: Connector.welcome */
	:: d_step { present != NONE && welcome[present] == RESUMED && !connected ->
		connected = true; mine = present; attempts = 0; acked[present] = true; welcome[present] = 0;
		printf("agent: WELCOME resumed on connection %d, sends ACK\n", present) }
	:: d_step { present != NONE && welcome[present] == RESET && !connected ->
		printf("agent: WELCOME reset on connection %d\n", present);
		assert(over /* the session is reset although nothing is lost */);
		connected = true; done = true }
	/* step closed: Connector.closed */
	:: d_step { present != NONE && closed[present] != 0 && (welcome[present] == 0 || dead[pod[present]]) ->
		printf("agent: connection %d is closed with %d (1: 4504, 2: 4000 or 4006, 3: 4503)\n", present, closed[present]);
		assert(closed[present] != SUPERSEDED /* the agent is shut out by its own attempt */);
		assert(closed[present] != ENDED || over /* the session is ended although the agent has it */);
		welcome[present] = 0; closed[present] = 0; present = NONE; connected = false }
	od
}

/* Connection k in its pod. */
proctype Connection(byte k) provided (!dead[pod[k]]) {
	byte stale = NONE;
	/* step hello: Handshake.open */
	d_step { sent[k] -> known[k] = served[pod[k]]; claim[k] = FLYING; awaited[k] = true;
		printf("pod %d: HELLO %d arrives, known owner %d, sends CLAIM\n", pod[k], k, known[k]) };
	if
	/* step disposed: ServerConnection.closed */
	:: d_step { present != k && awaited[k] -> gone[k] = true; awaited[k] = false; forgetReply(k);
		printf("pod %d: connection %d is closed before WELCOME\n", pod[k], k) };
		goto end
	:: d_step { losses > 0 && claim[k] != OVER -> losses--; awaited[k] = false; forgetReply(k); shut(k, RETRY);
		printf("pod %d: CLAIM of HELLO %d fails by time, close 4006\n", pod[k], k) };
		goto end
	:: d_step { claim[k] == REPLY -> claim[k] = OVER }
	fi;
	if
	:: !granted[k] ->
		/* step create: Handshake.create */
		d_step { if :: k == present -> welcome[k] = RESET :: else fi; printf("pod %d: HELLO %d gets another session\n", pod[k], k) };
		goto end
	:: granted[k] && !moves[k] ->
		/* step go-on: Handshake.goOn */
		d_step {
			if
			:: role[known[k]] == NOBODY -> if :: k == present -> welcome[k] = RESET :: else fi;
				printf("pod %d: the session of peer %d has ended\n", pod[k], known[k])
			:: role[known[k]] == FOLLOWER -> shut(k, RETRY);
				printf("pod %d: peer %d is no owner any more\n", pod[k], known[k])
#ifndef FAULT_LATE_ATTACH
			:: role[known[k]] == OWNING && claimEpoch[k] < epochOf[known[k]] -> shut(k, RETRY);
				printf("pod %d: HELLO %d comes late to peer %d\n", pod[k], k, known[k])
#endif
			:: else -> doAttach(known[k], k);
				printf("pod %d: connection %d is attached to peer %d, epoch %d\n", pod[k], k, known[k], claimEpoch[k])
			fi
		};
		goto end
	:: else
	fi;
	if
	:: d_step { losses > 0 -> losses--; shut(k, RETRY);
		printf("pod %d: attributes for HELLO %d cannot be loaded, close 4006\n", pod[k], k) };
		goto end
	/* step serve: Handshake.takeOver, LocalSessions.serve */
	:: d_step { true ->
		stale = served[pod[k]];
#ifndef FAULT_LATE_ATTACH
		if
		:: stale != NONE && epochOf[stale] > claimEpoch[k] ->
			shut(k, RETRY);
			tell(k, claimPrevious[k]);
			stale = k;
			printf("pod %d: peer %d comes late, a newer one is served\n", pod[k], k)
		:: else ->
#endif
			served[pod[k]] = k; role[k] = OWNING; epochOf[k] = claimEpoch[k];
			printf("pod %d: peer %d is served, epoch %d\n", pod[k], k, claimEpoch[k]);
			if
			:: stale != NONE -> told[stale] = true
			:: else
			fi;
#ifndef FAULT_LATE_ATTACH
		fi
#endif
		}
	fi;
	if
	:: stale == k -> goto end
	:: else
	fi;
	/* step attach: Handshake.resume */
	d_step {
		tell(k, claimPrevious[k]);
		if
#ifndef FAULT_LATE_ATTACH
		:: role[k] == OWNING && claimEpoch[k] < epochOf[k] -> shut(k, RETRY);
			printf("pod %d: HELLO %d comes late to its own peer\n", pod[k], k)
#endif
		:: role[k] == NOBODY -> shut(k, ENDED)
		:: role[k] == FOLLOWER -> shut(k, SUPERSEDED)
		:: else -> doAttach(k, k);
			printf("pod %d: connection %d is attached to peer %d, epoch %d\n", pod[k], k, k, claimEpoch[k])
		fi
	};
end:	skip; d_step { granted[k] = false; moves[k] = false; claimEpoch[k] = 0; claimPrevious[k] = 0; known[k] = 0; stale = NONE }
}

/* The shared connection of a pod to Redis brings the CLAIM of HELLO k there. */
proctype Claim(byte k) {
	do
	/* step claim: SessionScripts.CLAIM */
	:: d_step { claim[k] == FLYING ->
		granted[k] = false; moves[k] = false;
		if
		:: !stored -> skip
#ifndef FAULT_CLAIM_REPEATED
		:: stored && token == k ->
			/* It was granted already, and its reply was lost. */
			granted[k] = true; claimEpoch[k] = epoch; claimPrevious[k] = came; moves[k] = (owner == k)
#endif
		:: stored && token != k && (presented[k] == token || (presented[k] == previous && attemptOf[k] > attempt)) ->
			granted[k] = true;
			epoch++; claimEpoch[k] = epoch;
			claimPrevious[k] = owner; came = owner;
			previous = presented[k]; token = k; attempt = attemptOf[k];
			if
			:: owner == known[k] -> skip
			:: else -> owner = k; moves[k] = true
			fi
		:: else
		fi;
		printf("store: CLAIM of HELLO %d: granted %d, epoch %d, owner %d\n", k, granted[k], epoch, owner);
		if
		:: awaited[k] -> claim[k] = REPLY
		:: else -> claim[k] = OVER; granted[k] = false; moves[k] = false; claimEpoch[k] = 0; claimPrevious[k] = 0
		fi }
	:: d_step { claim[k] == REPLY && faults > 0 -> faults--; claim[k] = FLYING;
		printf("store: the reply to CLAIM of HELLO %d is lost, the client repeats it\n", k) }
	:: d_step { claim[k] == OVER -> presented[k] = 0; attemptOf[k] = 0 }; break
	od
}

/* The loop of a peer. */
proctype Peer(byte p) provided (!dead[pod[p]]) {
	do
	/* step moved: OtherPods.moved */
	:: d_step { moved[p] -> moved[p] = false;
		if
		:: role[p] == NOBODY -> printf("pod %d: MOVED for peer %d, which is not there\n", pod[p], p)
		:: else -> printf("pod %d: peer %d hears MOVED\n", pod[p], p); becomeFollower(p)
		fi }
	:: d_step { moved[p] && faults > 0 -> faults--; moved[p] = false;
		printf("MOVED for peer %d is lost\n", p) }
	:: d_step { told[p] -> told[p] = false; printf("pod %d: peer %d is stale\n", pod[p], p); becomeFollower(p) }
	/* step commit: SessionScripts.COMMIT, CommitPipeline.failed */
	:: d_step { role[p] == OWNING && connection[p] != NONE && (owner != p || !stored) ->
		printf("pod %d: COMMIT of peer %d is fenced\n", pod[p], p); fenced(p) }
	/* step detached: DetachedSession.begin, SessionScripts.KEEP */
	:: d_step { role[p] == OWNING && connection[p] != NONE && connection[p] != present ->
		printf("pod %d: peer %d has no connection any more\n", pod[p], p);
		gone[connection[p]] = true; acked[connection[p]] = false; connection[p] = NONE;
		if
		:: owner != p || !stored -> printf("pod %d: KEEP of peer %d is fenced\n", pod[p], p); fenced(p)
		:: else -> expiry[p] = true
		fi }
	/* step expire: DetachedSession.expire */
	:: d_step { role[p] == OWNING && expiry[p] && ends[p] == 0 && idle && owner == p && stored ->
		idle = false; expiry[p] = false; ends[p] = epochOf[p];
		printf("pod %d: the idle timeout of peer %d has passed, sends END\n", pod[p], p) }
	/* step end: SessionScripts.END, DetachedSession.notExpired */
	:: d_step { ends[p] != 0 ->
		if
		:: owner == p && epoch == ends[p] -> over = true; stored = false; goneElsewhere(p);
			printf("store: END of peer %d, the session is over\n", p)
#ifdef FAULT_END_UNFENCED
		:: else -> stored = false; goneElsewhere(p);
			printf("store: END of peer %d, which has no say any more\n", p)
#else
		:: else -> printf("store: END of peer %d is fenced\n", p);
			if
			:: owner != p -> becomeFollower(p)
			:: else
			fi
#endif
		fi;
		ends[p] = 0 }
	/* step confirm: SessionScripts.INVALIDATE_PREVIOUS_TOKEN, ServerSession.onFirstAck */
	:: d_step { connection[p] != NONE && acked[connection[p]] ->
		acked[connection[p]] = false;
		if
		:: epoch == epochOf[p] -> previous = NONE; attempt = 0
		:: else
		fi }
#ifndef FAULT_NO_LOOKUP
	/* step lookup: DetachedSession.watchOwner */
	:: d_step { role[p] == OWNING && connection[p] == NONE && (owner != p || !stored) ->
		printf("pod %d: peer %d looks and has lost the session\n", pod[p], p); fenced(p) }
#endif
	od
}

/* A pod is killed at any moment, as a lost connection that costs the agent one; another one is left. */
proctype Death() {
	byte d;
	byte p;
	if
	:: d = 0
	:: d = 1
	fi;
	d_step { losses > 0 -> losses--; dead[d] = true; served[d] = NONE;
		printf("pod %d: dies\n", d);
		p = 0;
		do
		:: p < PEERS ->
			if
			:: pod[p] == d && (p == 0 || sent[p]) ->
				role[p] = NOBODY; connection[p] = NONE; epochOf[p] = 0; told[p] = false; moved[p] = false;
				expiry[p] = false; ends[p] = 0; acked[p] = false; gone[p] = true;
				if
				:: claim[p] == REPLY -> claim[p] = OVER
				:: else
				fi;
				awaited[p] = false;
				if
				:: p == present && p > 0 -> closed[p] = RETRY
				:: else
				fi
			:: else
			fi;
			p++
		:: else -> break
		od;
		p = 0 }
}

/* Nothing is left to be done but what waits for a long timer. */
proctype Rest() {
	byte p;
	timeout;
	d_step {
	printf("everything rests: agent on connection %d, owner %d\n", present, owner);
	assert(connected || over /* the agent has a connection */);
	p = 0;
	do
	:: p < PEERS ->
		assert(role[p] != OWNING || owner == p || over /* an owner that was followed knows it */);
		p++
	:: else -> break
	od;
	p = 0 }
}

init {
	byte k;
	d_step {
		k = 0;
		do
		:: k < PEERS -> connection[k] = NONE; k++
		:: else -> break
		od;
		role[0] = OWNING; connection[0] = 0; epochOf[0] = 1; served[0] = 0; served[1] = NONE;
		k = 0
	};
	atomic {
		run Agent(); run Peer(0);
#ifndef LIVING
		run Death();
#endif
		for (k : 1 .. HELLOS) { run Connection(k); run Claim(k); run Peer(k) };
		run Rest();
		k = 0
	}
}
