import { spawn } from 'node:child_process';

/** The class of WebSockets: that of Node, or of `ws` where it is installed; in Node 20 the program starts itself again with the one of Node. */
export async function webSocket() {
  if (globalThis.WebSocket) return globalThis.WebSocket;
  try {
    return (await import('ws')).default;
  } catch {
    const child = spawn(process.execPath, ['--experimental-websocket', '--no-warnings', ...process.argv.slice(1)], { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code) => process.exit(code ?? 1));
    return new Promise(() => {});
  }
}
