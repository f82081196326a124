// Serves a function with the HTTP server of Node.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Readable } from 'node:stream';

/** A listener for `http.createServer`, of a function or of any other object with `fetch`. */
export function listener(worker, env = process.env) {
  return async (req, res) => {
    try {
      const headers = new Headers();
      for (let i = 0; i < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i], req.rawHeaders[i + 1]);
      const body = req.method === 'GET' || req.method === 'HEAD' ? undefined : Readable.toWeb(req);
      const request = new Request(`http://function${req.url}`, { method: req.method, headers, body, duplex: 'half' });
      const response = await worker.fetch(request, env, { waitUntil: (work) => work });
      // The client may have gone while the function began.
      if (res.destroyed) return await response.body?.cancel();
      res.writeHead(response.status, Object.fromEntries(response.headers));
      const reader = response.body?.getReader();
      res.once('close', () => reader?.cancel().catch(() => {}));
      for (let next; reader && !res.destroyed && !(next = await reader.read()).done;) {
        if (!res.write(next.value) && !res.destroyed) await pause(res);
      }
      res.end();
    }
    catch (error) {
      console.error(error);
      if (res.headersSent) res.destroy();
      else res.writeHead(500).end();
    }
  };
}

/** Waits until there is room again, or nobody reads any more, and leaves no listener. */
function pause(res) {
  return new Promise((go) => {
    const over = () => {
      res.off('drain', over).off('close', over);
      go();
    };
    res.on('drain', over).on('close', over);
  });
}

/** Starts a server; gives it once it listens. Port 0 takes any free one. */
export async function serve(worker, { port, host, env } = {}) {
  const own = port ?? Number(process.env.FUNCTIONS_CUSTOMHANDLER_PORT ?? process.env.PORT ?? 8080);
  const server = createServer(listener(worker, env)).listen(own, host);
  await once(server, 'listening');
  return server;
}
