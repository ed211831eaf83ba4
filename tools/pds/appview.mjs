// A stand-in for the AppView: what Bluesky's own counts likes and threads replies with is no package.
//
// It knows nothing of its own: at each question it reads all records of all accounts of the one PDS and counts. It
// answers the four questions that Tact asks, in the shapes of the published lexicons. What Bluesky does besides
// (moderation, blocks, delays, several servers) it does not.
import http from 'node:http'

const FEED = 'app.bsky.feed'

async function ask(pds, method, params) {
  const answer = await fetch(`${pds}/xrpc/${method}?${new URLSearchParams(params)}`)
  if (!answer.ok) throw new Error(`${method}: ${answer.status}`)
  return answer.json()
}

// Every record of a collection, of all accounts: { uri, cid, value, did }.
async function all(pds, collection) {
  const { repos } = await ask(pds, 'com.atproto.sync.listRepos', { limit: 1000 })
  const found = []
  for (const { did } of repos) {
    const { records } = await ask(pds, 'com.atproto.repo.listRecords', { repo: did, collection, limit: 100 })
    found.push(...records.map((record) => ({ ...record, did })))
  }
  return found
}

async function author(pds, did) {
  const { handle } = await ask(pds, 'com.atproto.repo.describeRepo', { repo: did })
  return { did, handle }
}

const quoted = (post) => post.value.embed?.record?.record?.uri ?? post.value.embed?.record?.uri

async function views(pds, uris) {
  const [posts, likes, reposts] = await Promise.all(['post', 'like', 'repost'].map((one) => all(pds, `${FEED}.${one}`)))
  const kept = posts.filter((post) => uris.includes(post.uri))
  return Promise.all(
    kept.map(async (post) => ({
      uri: post.uri,
      cid: post.cid,
      author: await author(pds, post.did),
      record: post.value,
      indexedAt: new Date().toISOString(),
      likeCount: likes.filter((one) => one.value.subject.uri === post.uri).length,
      repostCount: reposts.filter((one) => one.value.subject.uri === post.uri).length,
      replyCount: posts.filter((one) => one.value.reply?.parent.uri === post.uri).length,
      quoteCount: posts.filter((one) => quoted(one) === post.uri).length,
      bookmarkCount: 0,
    })),
  )
}

const questions = {
  async [`${FEED}.getPosts`](pds, query) {
    return { posts: await views(pds, query.getAll('uris')) }
  },
  async [`${FEED}.getPostThread`](pds, query) {
    const uri = query.get('uri')
    const posts = await all(pds, `${FEED}.post`)
    const answers = posts.filter((one) => one.value.reply?.parent.uri === uri).map((one) => one.uri)
    const [[post], replies] = [await views(pds, [uri]), await views(pds, answers)]
    if (!post) return null
    const nodes = replies.map((one) => ({ $type: `${FEED}.defs#threadViewPost`, post: one, replies: [] }))
    return { thread: { $type: `${FEED}.defs#threadViewPost`, post, replies: nodes } }
  },
  async 'app.bsky.actor.getProfile'(pds, query) {
    const follows = await all(pds, 'app.bsky.graph.follow')
    const who = await author(pds, query.get('actor'))
    return { ...who, followersCount: follows.filter((one) => one.value.subject === who.did).length }
  },
}

export async function serveAppView(port, pds) {
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://localhost')
    const say = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const question = questions[url.pathname.replace('/xrpc/', '')]
    if (!question) return say(501, { error: 'MethodNotImplemented', message: 'Method Not Implemented' })
    try {
      const answer = await question(pds, url.searchParams)
      return answer ? say(200, answer) : say(400, { error: 'NotFound', message: 'Post not found' })
    } catch (error) {
      return say(500, { error: 'InternalServerError', message: String(error) })
    }
  })
  await new Promise((ready) => server.listen(port, 'localhost', ready))
  return { close: () => new Promise((done) => server.close(done)) }
}
