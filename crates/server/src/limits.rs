//! The limits of the server, each with its reason.

use std::num::NonZeroU32;
use std::time::Duration;

/// Bytes of a request's body. A draft of a thousand lines with long texts takes half of it.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Levels of a JSON document. A draft has four; the settings of an outlet have six.
pub(crate) const JSON_DEPTH_MAX: usize = 16;

/// Bytes of a request's target. The longest of ours is a list with every filter set.
pub(crate) const TARGET_BYTES_MAX: usize = 4 * 1024;

/// Bytes of all header fields. Ours take a few hundred; proxies add some.
pub(crate) const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Header fields of one request.
pub(crate) const HEADERS_MAX: usize = 64;

/// Bytes of a request's head as the connection buffers it: beyond it nobody can even be told.
pub(crate) const HEAD_BUFFER_BYTES: usize = 64 * 1024;

/// How long a client may take to send the head of a request, and how long a connection may idle
/// between two, so that slow ones hold none. Tills that sell twice a minute keep theirs.
pub(crate) const HEAD_TIME: Duration = Duration::from_secs(30);

/// How long a client may take to send a body of at most a megabyte.
pub(crate) const BODY_TIME: Duration = Duration::from_secs(30);

/// Longest time of any request: the longest wait for an authority, a body, and some seconds.
pub(crate) const REQUEST_TIME: Duration = Duration::from_secs(110);

/// Connections at once. Each costs a task and some kilobytes; a process may have some ten thousand
/// files open on most systems.
pub(crate) const CONNECTIONS_MAX: usize = 8_192;

/// Requests at work at once. More of them would only wait for the ledger, which takes a few
/// thousand in one queue.
pub(crate) const REQUESTS_MAX: usize = 4_096;

/// Invoices under way at once. While an authority is slow each holds a request for seconds, and
/// the rest of the API must go on.
pub(crate) const ISSUES_MAX: u32 = 3_072;

/// Requests that may wait for an authority in one process are bounded by [`ISSUES_MAX`]; how long
/// each waits, where the client does not say, is this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The longest that a client may ask us to wait: proxies cut a silent connection after a minute.
pub(crate) const PATIENCE_SECONDS_MAX: u64 = 60;

/// How long the ledger may take to say that it is there: longer, and a request would wait as long.
pub(crate) const READY_TIME: Duration = Duration::from_secs(2);

/// How long a stopping process waits for what is under way: the longest wait that we promise, and
/// then some for the last commit.
pub(crate) const DRAIN_TIME: Duration = Duration::from_secs(75);

/// Requests that one key may make each second, in the mean.
pub(crate) const RATE_PER_SECOND: NonZeroU32 = NonZeroU32::new(100).expect("not zero");

/// Requests that one key may make at once: the tills of a shop that opens.
pub(crate) const RATE_BURST: NonZeroU32 = NonZeroU32::new(200).expect("not zero");

/// Seconds for which a key is known without asking the ledger: how long a revoked one may live on.
pub(crate) const KEY_CACHE_SECONDS: i64 = 5;

/// Keys that are known at once. Each takes some two hundred bytes.
pub(crate) const KEYS_CACHED_MAX: usize = 10_000;

/// Of the keys that are known, how many make room when there is none: a tenth, so that room is made
/// seldom, and those not asked for the longest, whose meters have filled again by then.
pub(crate) const KEYS_EVICTED: usize = KEYS_CACHED_MAX / 10;

/// Seconds for which a text is known to be no key. A client whose key is wrong repeats it; one whose
/// key was just made in a store beside the server waits no longer than that.
pub(crate) const STRANGER_CACHE_SECONDS: i64 = 2;

/// Texts that are known to be no keys. Each takes some fifty bytes, and any number can be made up.
pub(crate) const STRANGERS_CACHED_MAX: usize = 4_096;

/// Keys, outlets and taxpayers of which it is known in which store they stand, where there are several:
/// of each kind so many, at some hundred bytes.
pub(crate) const PLACES_MAX: usize = 65_536;

/// Seconds for which that is known. A tenant moves while its servers are stopped.
pub(crate) const PLACE_SECONDS: i64 = 10 * 60;

/// Keys of one tenant that are in force. A platform of a thousand shops has some for each.
pub(crate) const API_KEYS_MAX: usize = 10_000;

/// Outlets that one key names; one that is to reach more reaches all.
pub(crate) const KEY_OUTLETS_MAX: usize = 1_000;

/// Characters of an idempotency key.
pub(crate) const IDEMPOTENCY_KEY_MAX: usize = 255;

/// Characters of a request's id that a client chose.
pub(crate) const REQUEST_ID_MAX: usize = 128;

/// Ranges of an `Accept-Language` that are looked at: a browser sends five.
pub(crate) const LANGUAGE_RANGES_MAX: usize = 20;

/// Rows of a page of a list, where the client does not say.
pub(crate) const PAGE_DEFAULT: u32 = 50;

/// Rows of a page of a list.
pub(crate) const PAGE_MAX: u32 = 200;

/// Pages that are read to fill one: rows out of a key's reach are left out after they are read.
pub(crate) const PAGES_READ_MAX: usize = 8;

/// Bytes of a reason or another free word of an operator.
pub(crate) const WORDS_BYTES_MAX: usize = 1_000;

/// Seeds that were given out and not yet come back. One comes back within seconds; beyond this the
/// oldest is forgotten, so that a flood of five hundred each second still leaves half a minute.
pub(crate) const SEEDS_MAX: usize = 16_384;

/// Seconds in which a seed comes back signed.
pub(crate) const SEED_SECONDS: i64 = 5 * 60;

/// Tokens of other taxpayers: each wants a signature first.
pub(crate) const PEER_TOKENS_MAX: usize = 16_384;

/// Seconds for which a token of another taxpayer is good.
pub(crate) const PEER_TOKEN_SECONDS: i64 = 60 * 60;

/// Seconds for which it is remembered who receives for a taxpayer, and with which key.
pub(crate) const RECEPTION_SECONDS: i64 = 60;

/// Bytes of a taxpayer number in an address: none has more than twenty digits and letters.
pub(crate) const TAX_ID_MAX: usize = 32;

/// Files of other taxpayers in memory at once, from their first byte until they are kept: at their
/// largest they take 1.3 GB.
pub(crate) const BODIES_RECEIVED_MAX: usize = 128;

/// Documents of other taxpayers that are read at once: the tree of the largest takes ten times its
/// bytes.
pub(crate) const DOCUMENTS_READ_MAX: usize = 8;

/// How long a file waits to be read. The eight before it are read within this, and who is told to come
/// again holds nothing here.
pub(crate) const READING_WAIT: Duration = Duration::from_secs(2);

/// Characters of the reason for rejecting a document.
pub(crate) const REJECTION_MAX: usize = 250;
