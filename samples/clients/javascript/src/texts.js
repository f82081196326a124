/**
 * What errors say, by number: the core of this package has the numbers, the texts are in `agentsocket/messages`. Without
 * them an error shows its number, such as `TOO_LARGE: #12`.
 */
export const texts = {};

/** @param {number} number @returns {string} */
export const say = (number) => texts[number] ?? `#${number}`;

// What the peer did wrong: the reason of the close.
export const ENDS_EARLY = 1, NUMBER = 2, TYPE_OR_FLAG = 3, FRAME_SIZE = 4, METADATA = 5, NAME_SIZE = 6, FIELD = 7, TRAILING = 8,
  WELCOME_FIELD = 9, NO_WELCOME = 10, STATUS = 11, NO_PROTOCOL = 12, MESSAGE = 13, MESSAGE_SIZE = 14, PINGS = 15, SECOND_WELCOME = 16,
  DISAGREE = 17, WINDOW = 18, TOO_MANY = 19, UNADDRESSED_SIZE = 20, UNBOUND = 21, NO_PAYLOAD = 22, WRONG_STREAM = 23, REOPENED = 24,
  REFUSED_STREAMS = 25, DESCRIPTOR = 26, DEFINE = 27, REBOUND = 28, ALIASES = 29, MUCH_CREDIT = 30;

// Why this side closes.
export const NO_ANSWER = 40, SILENT = 41, LEAVES = 42, SUSPENDED = 43, TOKEN_SIZE = 44, INTERNAL = 45;

// What errors of calls and of options say.
export const CLOSED = 50, NO_CONNECTION = 51, TIME_OVER = 52, ARGUMENTS_MAP = 53, ARGUMENTS_SIZE = 54, NO_ACTIONS = 55, RESET = 56,
  PARTS_SIZE = 57, ITEM_SIZE = 58, NO_CREDIT = 59, UNDECODABLE = 60, UNREAD = 61, RESULT_SIZE = 62, READ_ONCE = 63, COUNT = 64,
  ANSWER = 65, EVENTS_WAIT = 66, EVENT_SIZE = 67, BAD_NAME = 68, NO_SOCKET = 69, NO_ADDRESS = 70, NO_CODE = 71, UNSENDABLE = 72,
  NOT_MAP = 73, FAILED = 74, ENDED = 75, NOT_TAKEN = 76, KEY_USED = 77, UNFIT = 78, NO_ITEMS = 79, DEEP = 80, OPTIONS = 81, KINDS = 82;

// What goes to `onError`.
export const LISTENER = 90, UNPROCESSED = 91, SUBSCRIPTION = 92, EVENT = 93, ACTION = 94, SUBSCRIPTIONS = 95;
