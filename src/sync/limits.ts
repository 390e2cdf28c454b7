import { ENTRY_BYTES_MAX } from '../feed/chain.ts'

/** Feeds that both sides may name on one link: a busy room's logs and documents, at about 200 bytes of memory each. */
export const FEEDS_PER_LINK_MAX = 16_384
/** Feeds of the room. More are stored and shown by their owner, but not brought to others. */
export const FEEDS_MAX = FEEDS_PER_LINK_MAX
/** Logs that links speak of and nobody has vouched for yet. */
export const PROVISIONAL_LOGS_MAX = 1024
/** A peer has up to 8 neighbours in the mesh, and the tabs of its own device beside them. */
export const LINKS_MAX = 64

/** Entries of one feed; entries number themselves with 32 bits. */
export const FEED_LENGTH_MAX = 2 ** 32

/** A vector's pieces fit one frame of 16 KiB: 256 feeds at 56 bytes. */
export const VECTOR_ITEMS_MAX = 256
/** Heads told to one link in one step. The rest follows a second later, so that the control lane stays free. */
export const VECTOR_ITEMS_PER_STEP = 2048
/** Up to here heads are told one by one, which saves the round trip of a comparison, and at worst costs 850 bytes. */
export const HEADS_TOLD_SINGLY_MAX = 16
/** Feeds of a range that is compared feed by feed, at 3 bytes each; a longer one is divided first. */
export const STATES_PER_RANGE_MAX = 32
/** Parts of a comparison: in a room of the most feeds, every range of the second step. */
export const COMPARE_PARTS_MAX = 1024
/** Comparisons under way take three messages; honest peers start one in 10 s, and one more on a fresh link. */
export const COMPARES_PER_SECOND = 1
export const COMPARES_BURST = 64
/** The starter of a comparison is the one with the smaller digest. The other one starts after this if nothing came. */
export const COMPARE_PATIENCE_MS = 2_000

/** News in short goes out so long after the last, so that feeds share a message; in a quiet time sooner. */
export const HAVE_INTERVAL_MS = 100
export const HAVE_QUIET_MS = 25
/** Items at 3 to 5 bytes of feeds already named; a frame of 16 KiB holds them. */
export const HAVE_ITEMS_MAX = 1024
/** News in short, prunes and grafts that one link may send: 20 busy feeds need 200 a second. */
export const NOTICES_PER_SECOND = 2_000
export const NOTICES_BURST = 8_000
/**
 * Feeds that a device says to skip, or to skip no more, at ten bytes each. A frame of 16 KiB holds them; with one message
 * a second they stay well below what a link may send of notices.
 */
export const SKIPS_PER_MESSAGE_MAX = 1024
export const SKIPS_INTERVAL_MS = 1_000
/** Feeds of one document are registered one after the other; they share a message. */
export const SKIPS_QUIET_MS = 25
/** How long the entry itself may take to come when only news of it has: twice what is usual here, within these. */
export const TOLD_PATIENCE_MIN_MS = 80
export const TOLD_PATIENCE_MAX_MS = 400
/** Assumed until measured. */
export const USUAL_SKEW_MS = 60
/** A link that said it has an entry is given so many round trips to bring it, while others have it too. */
export const GRAFT_ROUND_TRIPS = 1.5
export const GRAFT_PATIENCE_MIN_MS = 100
/** Assumed of a link that has answered no ping yet. */
export const ROUND_TRIP_ASSUMED_MS = 200
/** What is asked for because only news of it came is small: ranges that may be on their way for one such want. */
export const GRAFT_CREDIT_BYTES = 32 * 1024
/** Such wants in all, beside the ones that catch up: at most 1 MiB more waits for storage. */
export const GRAFTS_MAX = 32
/** Entries whose copies are counted, of one feed: those of the last second or two. */
export const COPIES_COUNTED_MAX = 32
/** More entries that there is news of at once were written while their author was away, or by one who floods. */
export const NEWS_ENTRIES_MAX = 128
/** Entries of one feed that wait to be passed on are remembered in so many pieces; of more, neighbours are joined. */
export const HELD_BACK_MAX = 256
/** How often what was held back is looked at. */
export const HELD_BACK_INTERVAL_MS = 250

/** Entries pushed live; what is larger is announced and asked for, because nothing may block the control lane. */
export const PUSH_BYTES_MAX = 16 * 1024
export const ENTRIES_PER_MESSAGE_MAX = 4096
/** What a supplier aims at: 3 s of a 175 kbit/s link, so that slow is not mistaken for stuck. */
export const RANGE_BYTES_AIM = 64 * 1024
/** What it may send when there is no signature earlier at which to cut. */
export const RANGE_BYTES_MAX = 256 * 1024
/** The longest range, with room for its framing. Checked before anything is decoded. */
export const MESSAGE_BYTES_MAX = Math.max(RANGE_BYTES_MAX, ENTRY_BYTES_MAX) + ENTRIES_PER_MESSAGE_MAX * 4 + 1024

/** Ranges that may be on their way for one want: 2.5 MB/s over a round trip of 100 ms. */
export const WANT_CREDIT_BYTES = 256 * 1024
/** The most a supplier remembers of a credit that keeps growing. */
export const CREDIT_BYTES_MAX = 4 * WANT_CREDIT_BYTES
/** Wants that a link has not finished answering, cancelled ones included. */
export const WANTS_PER_LINK_MAX = 4
/** The same with those that were asked for because only news of them came. */
export const SERVES_PER_LINK_MAX = 16
/** A supplier that answered "no" is asked again after this. */
export const AVOID_MS = 30_000
/** Reads under way for signed branches; more are not proved. */
export const BRANCH_READS_MAX = 64
/** All wants together: at most 4 MiB wait for storage, whatever the number of links. */
export const WANTS_MAX = 8
/** Entries of one feed that wait for the ones before them: a window of ranges, one range too many, and live entries. */
export const INBOX_BYTES_MAX = WANT_CREDIT_BYTES + RANGE_BYTES_MAX + ENTRY_BYTES_MAX
/** Pushes of one link for documents that the log, on its way, has yet to register. */
export const EARLY_PUSHES_BYTES_MAX = 64 * 1024
export const EARLY_PUSHES_MAX = 256
export const INBOX_ENTRIES_MAX = 2 * ENTRIES_PER_MESSAGE_MAX

/** Without progress for this long another supplier is asked, if there is one. */
export const STALL_MS = 3_000
/** Without progress or an answer for this long a supplier withholds what it promised. */
export const WITHHELD_MS = 30_000
/** Pushes in a row which did not continue our chain, each followed by a question to the sender. */
export const BAD_PUSHES_MAX = 16
export const RETRY_FIRST_MS = 1_000
export const RETRY_LAST_MS = 60_000
/** About eight minutes. Then a feed rests until somebody says something new about it. */
export const RETRIES_MAX = 12

/** Links that end for want of a place end within a round trip. Others are told of what lasts longer than most of these. */
export const NEIGHBOURS_AFTER_MS = 100
/** Timers and clocks that round differently make a tick come so much before its time. */
export const TICK_EARLY_MS = 5
export const PING_INTERVAL_MS = 5_000
/** Four pings unanswered. */
export const SILENCE_MS = 20_000
/** A longer gap between two steps means that this page was asleep: nobody else is to blame for it. */
export const AWAKE_GAP_MS = PING_INTERVAL_MS + 1_000
/** How often waiting questions are looked at. */
export const WATCH_INTERVAL_MS = 1_000
/** Digests that differ in this many pings in a row start a comparison; one is what entries under way look like. */
export const MISMATCHES_MAX = 2
/** A digest says little when entries arrived this short a time before. */
export const SETTLING_MS = 1_000
/** A minute of pings in a room that is never quiet; then they count all the same. */
export const UNSETTLED_PINGS_MAX = 12
export const COMPARE_PAUSE_FIRST_MS = 10_000
/** Where two peers cannot agree (a fork, a feed that one of them refuses) they compare this seldom. */
export const COMPARE_PAUSE_LAST_MS = 300_000

/** Numbers of statements are gathered for so long before neighbours are told of them: nobody waits for a statement. */
export const STATED_INTERVAL_MS = 1_000
/** On a fresh link statements are compared after this, when the logs are there that they are checked by. */
export const STATED_AFTER_MS = 5_000
/** And again after this, and up to 31 s more so that links take turns: what came to nothing is made good then. */
export const STATED_REPEAT_MS = 120_000
export const STATED_REPEAT_STEP_MS = 1_000
export const STATED_REPEAT_STEPS = 32
/** What a link was given is forgotten, so that it may ask anew, this seldom; below the time after which a digest comes. */
export const GIVEN_AGAIN_MS = 60_000
/** Whoever brings none of the statements that it was asked for is not waited for any longer. */
export const STATEMENT_PATIENCE_MS = 3_000
/** And whoever brings others, but not this one. Statements of 430 KiB take so long at 115 kbit/s. */
export const STATEMENT_PATIENCE_LAST_MS = 30_000
/** Statements that were asked for go out in pieces: 1.3 Mbit/s at most, and nothing urgent waits behind more than this. */
export const GIVEN_BYTES_PER_STEP = 16 * 1024
export const GIVEN_INTERVAL_MS = 100
/** Sessions whose newest head vector is compared with others: at some ten bytes each they fit one frame of 16 KiB. */
export const STATED_ITEMS_MAX = 1024
/** Beside them those that wrote last are kept and passed on, as many again. */
export const STATEMENTS_MAX = 2 * STATED_ITEMS_MAX
export const STATEMENTS_BYTES_MAX = 4 * 1024 * 1024
/** Proofs of forks are rare, and go to everybody. */
export const EVIDENCE_MAX = 1024
/** The head vector of a session with the most feeds it may have is 270 KiB. */
export const STATEMENT_BYTES_MAX = 300 * 1024
export const EVIDENCE_BYTES_MAX = 1024
/** Join requests and presence. */
export const APPLICATION_BYTES_MAX = 48 * 1024
