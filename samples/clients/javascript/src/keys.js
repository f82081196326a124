/** Keys of metadata (section 7). */
export const PARENT = 1, DEADLINE = 2, KEY = 4, TRACEPARENT = 5, CREDIT = 7, PROGRESS = 8, DETAILS = 9, HASH = 10, DEPTH = 11;
