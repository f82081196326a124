/**
 * Follows the life of a page: the connection is closed before the page is frozen or kept for going back, and it is there again
 * with the page.
 *
 * @param {{suspend(): void, resume(): void, wake(): void, leave(): void}} to
 * @param {any} [page] the window
 */
export function followPage(to, page = globalThis) {
  const { document } = page;
  if (!document || !page.addEventListener) return () => {};
  const listeners = [
    [page, 'pagehide', ({ persisted }) => (persisted ? to.suspend() : to.leave())],
    [page, 'pageshow', ({ persisted }) => persisted && to.resume()],
    [page, 'online', () => to.wake()],
    [document, 'freeze', () => to.suspend()],
    [document, 'resume', () => to.resume()],
    [document, 'visibilitychange', () => document.visibilityState === 'visible' && to.wake()],
  ];
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener);
  };
}
