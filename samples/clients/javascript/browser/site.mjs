import { createServer } from 'node:http';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Agent Socket</title><script type="module" src="/page.js"></script></html>';

/** Minifies a module with all that it imports, as applications do. */
export async function bundle(source) {
  const { outputFiles } = await build({ stdin: { contents: source, resolveDir: root }, bundle: true, minify: true, format: 'esm', target: 'es2022', write: false });
  return outputFiles[0].text;
}

/**
 * A site on loopback: a page with a script, and ways from it to other ports of loopback, so that it has one origin as applications have:
 * sockets at `/to/HOST:PORT/PATH`, and `POST` of JSON at paths that `post` answers.
 */
export async function startSite(source, post) {
  const script = await bundle(source);
  const http = createServer(async (request, response) => {
    const end = (status, type, body) => response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-cache' }).end(body);
    if (request.method === 'POST') {
      let body = '';
      for await (const piece of request) body += piece;
      try {
        end(200, 'application/json', JSON.stringify(await post(request.url, JSON.parse(body)) ?? null));
      } catch (error) {
        end(500, 'application/json', JSON.stringify({ error: error.message }));
      }
    } else if (request.url === '/page.js') end(200, 'text/javascript', script);
    else end(200, 'text/html', PAGE);
  });
  const sockets = new Set();
  http.on('upgrade', (request, socket, first) => {
    const [, host, port, path] = /^\/to\/([^/:]+):(\d+)(\/.*)$/.exec(request.url);
    const other = connect(Number(port), host, () => {
      const headers = [];
      // The server at the other end knows nothing of this site, and refuses pages of other sites.
      for (let i = 0; i < request.rawHeaders.length; i += 2) if (request.rawHeaders[i].toLowerCase() !== 'origin') headers.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      other.write(`GET ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
      other.write(first);
      other.pipe(socket).pipe(other);
    });
    for (const [one, its] of [[socket, other], [other, socket]]) {
      sockets.add(one);
      one.on('error', () => its.destroy());
      one.on('close', () => {
        sockets.delete(one);
        its.end(); // behind what it has still to send
      });
    }
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${http.address().port}/`,
    close() {
      for (const socket of sockets) socket.destroy();
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    },
  };
}

/** The way through the site to another address. */
export const through = `const through = (uri) => location.origin.replace('http', 'ws') + '/to/' + new URL(uri).host + uri.slice(new URL(uri).origin.length);`;
