/**
 * Follows the life of a page: the connection is closed before the page is frozen or kept for going back, and it is there again
 * with the page.
 *
 * @param {{suspend(): void, resume(): void, wake(): void}} to @param {() => void} leave
 * @param {any} [page] the window
 */
export function followPage(to, leave, page = globalThis) {
  const { document } = page;
  if (!document || !page.addEventListener) return () => {};
  const listeners = [
    [page, 'pagehide', ({ persisted }) => (persisted ? to.suspend() : leave())],
    [page, 'pageshow', ({ persisted }) => persisted && to.resume()],
    [page, 'online', () => to.wake()],
    [document, 'freeze', () => to.suspend()],
    [document, 'resume', () => to.resume()],
    [document, 'visibilitychange', () => document.visibilityState === 'visible' && to.wake()],
  ];
  const each = (method) => listeners.forEach(([target, ...listener]) => target[method](...listener));
  each('addEventListener');
  return () => each('removeEventListener');
}
