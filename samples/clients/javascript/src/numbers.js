// Bundlers put the numbers of a file that imports nothing where they are used.

/** Types of frames (section 5). */
export const HELLO = 0, WELCOME = 1, ACK = 2, GOAWAY = 3, DEFINE = 4, EVENT = 5, INVOKE = 8, DATA = 9, TEXT = 10,
  BYTES = 11, ERROR = 12, INTERRUPT = 13, CREDIT = 14, PART = 15, EXTENSION = 24;

/** Flags of frames. */
export const E = 1, L = 2, M = 4;
/** Bit n stands for type n (section 4.4): types that there are, and those that may have a flag. */
export const TYPES = 0xff00ff3f, WITH_METADATA = 0xff003f30, WITH_END = 0x00000f04;

/** Ranges of uvarint (section 4.2): 2^31 - 1 and 2^53 - 1. */
export const MAX_INT = 2147483647;
export const MAX_COUNTER = 9007199254740991;

/** Bytes: the most of a payload of ours, and of all PARTs at once (section 23). */
export const ASSEMBLY = 4194304;
/** Bytes: the most that is sent in a frame or a message, whatever the peer takes, and that is held until it is acknowledged. */
export const MESSAGE = 65536, HELD = 1048576;
/** Bytes of HELLO and WELCOME. */
export const HANDSHAKE = 8192;
/** Bytes above the window for INTERRUPT, ERROR and CREDIT, section 12.1. */
export const RESERVE = 4096;
/** Queued bytes from which on producers wait. */
export const HIGH_WATER = 262144;
/** Frames that a server may make us hold although it acknowledges nothing, and calls that are open at once. */
export const BACKLOG = 10000;
/** Bytes of items that may wait for the application. */
export const BUFFER = 67108864;

/** Milliseconds until what has arrived is acknowledged, section 10.2. */
export const LATE = 1000;
/** Milliseconds after `keepalive` until this side pings, and for the answer: together keepalive + 10 s, section 14. */
export const GRACE = 2000, ANSWER = 8000;
/** Milliseconds after which a client leaves that is asked to, whatever the server says, section 15.1. */
export const SPREAD = 3600000;
/** Milliseconds for the answer to a close, and for the server to close after GOAWAY, section 15.2. */
export const CLOSING = 5000, LEAVING = 5000;
/** Pings of the server that may come at once; two more each second. */
export const PINGS = 10;
/** A call that brings its server down is not repeated for ever, section 11.3. */
export const REPEATS = 3;
