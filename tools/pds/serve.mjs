// A real Bluesky server (PDS) with its directory of identities (PLC), for `make test-bluesky`. All of it lives in the
// folder named by the first argument and on ports of this machine's loopback, and is forgotten afterwards.
//
// A PDS keeps accounts and records; counting likes and threading replies is the work of another server, the AppView,
// which nobody publishes as a package. appview.mjs stands in for it: the PDS itself forwards to it, as it would to the
// real one, and it counts the records that the PDS holds.
//
// Prints one line of JSON when it is ready, and ends when its standard input does, so that no test leaves it behind.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import net from 'node:net'
import path from 'node:path'

import { serveAppView } from './appview.mjs'

const folder = path.resolve(process.argv[2])
// The packages lie where `make test-bluesky` put them, not beside this file.
const packages = createRequire(path.join(path.resolve(process.argv[3]), 'index.js'))
const { PlcServer, MockDatabase } = packages('@did-plc/server')
const { PDS, envToCfg, envToSecrets } = packages('@atproto/pds')

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const [plcPort, pdsPort, viewPort] = [await freePort(), await freePort(), await freePort()]
const secret = () => randomBytes(32).toString('hex')

const plc = PlcServer.create({ db: new MockDatabase(), port: plcPort })
await plc.start()

const view = await serveAppView(viewPort, `http://localhost:${pdsPort}`)

const env = {
  port: pdsPort,
  hostname: 'localhost',
  devMode: true,
  dataDirectory: folder,
  blobstoreDiskLocation: path.join(folder, 'blobs'),
  didPlcUrl: `http://localhost:${plcPort}`,
  bskyAppViewUrl: `http://localhost:${viewPort}`,
  bskyAppViewDid: 'did:web:appview.test',
  enableDidDocWithSession: true,
  inviteRequired: false,
  rateLimitsEnabled: process.env.TACT_PDS_LIMITS === '1',
  disableSsrfProtection: true,
  crawlers: [],
  jwtSecret: secret(),
  dpopSecret: secret(),
  adminPassword: secret(),
  plcRotationKeyK256PrivateKeyHex: secret(),
}
const pds = await PDS.create(envToCfg(env), envToSecrets(env))
await pds.start()

process.stdout.write(JSON.stringify({ pds: pdsPort, plc: plcPort, appview: viewPort }) + '\n')

async function end() {
  await Promise.allSettled([pds.destroy(), plc.destroy(), view.close()])
  process.exit(0)
}
process.stdin.on('end', end).resume()
process.on('SIGTERM', end)
