/** The overlay's limits. Every one has its unit in its name and its reason beside it. */

/** How many links a device keeps, by what it can carry. */
export interface Profile {
  readonly activeMax: number
  /** Links of our own choosing: nobody who pushes himself on us can take their place. */
  readonly outboundWanted: number
  readonly inboundMax: number
  /** Of the inbound ones, how many the next newcomer may take over. */
  readonly newcomerSlots: number
  /** With fewer healthy links a further one is looked for at once. */
  readonly activeLow: number
}

export type Mode = 'normal' | 'edge' | 'super'

export const PROFILES: Readonly<Record<Mode, Profile>> = {
  /** Eight neighbours: with five or six a random overlay of 10,000 loses some of its nodes, with eight none. */
  normal: { activeMax: 8, outboundWanted: 4, inboundMax: 4, newcomerSlots: 2, activeLow: 6 },
  /** A phone on a metered network: enough to survive the loss of two. */
  edge: { activeMax: 3, outboundWanted: 3, inboundMax: 1, newcomerSlots: 1, activeLow: 2 },
  /** A wired server that greets: most of its links are for others. */
  super: { activeMax: 32, outboundWanted: 6, inboundMax: 26, newcomerSlots: 16, activeLow: 8 },
}

/** Below this all quotas rest: in a small room each link is needed, and one family or inviter may be all of it. */
export const QUOTA_ROOM_MEMBERS = 16
export const LINKS_PER_PERSON_MAX = 1
/** When the room is known to have grown in six branches or more; with fewer see `branchQuota`. */
export const LINKS_PER_BRANCH_MIN = 2
export const SUPER_LINKS_MAX = 3

/** Enough to be reached by those who are left when a third of a view is gone. */
export const PASSIVE_SLOTS = 48
/** Slots drawn anew at each shuffle, so that the sample does not stay the same for ever. */
export const SLOTS_REDRAWN = 1
/** Sessions whose dials failed, and when. */
export const FAILURES_KEPT_MAX = 256
/** After so many failed dials a session is left alone for a while: most probably no path leads there. */
export const FAILURES_MAX = 2
export const FAILURE_KEPT_MS = 600_000
/** A session that was full may have a place again soon. */
export const REFUSAL_KEPT_MS = 20_000
export const REFUSAL_KEPT_MAX_MS = 160_000

/** Lifetime of our own card; it is renewed at half of it. */
export const CARD_LIFETIME_S = 600
/** What others may claim for theirs. */
export const CARD_LIFETIME_MAX_S = 3_600
export const CARD_RENEWAL_MS = (CARD_LIFETIME_S * 1_000) / 2
/** A runner that could not renew is asked again after this. */
export const CARD_RETRY_MS = 10_000

export const SHUFFLE_ACTIVE_CARDS = 2
export const SHUFFLE_PASSIVE_CARDS = 4
export const SHUFFLE_INTERVAL_MS = 60_000
/** While a member is new its view is poor. */
export const SHUFFLE_INTERVAL_NEW_MS = 15_000
export const SHUFFLE_NEW_FOR_MS = 120_000
/** One that brought nobody new doubles the pause up to this: cards last ten minutes and need a few chances to be renewed. */
export const SHUFFLE_INTERVAL_MAX_MS = 120_000
/** Hops of a random walk: on eight links each, six reach any of 10,000 about evenly. */
export const WALK_HOPS_MAX = 6
/** In a room of so many members three hops lead anywhere, and each carries the answer, of a kilobyte, back. */
export const SHORT_WALK_MEMBERS_MAX = 16
export const SHORT_WALK_HOPS = 3
/** In a message: our own card, two neighbours, four others. */
export const CARDS_PER_MESSAGE_MAX = 1 + SHUFFLE_ACTIVE_CARDS + SHUFFLE_PASSIVE_CARDS
/** Walks that we forwarded and whose answer may still come. */
export const WALKS_KEPT_MAX = 512
export const WALK_KEPT_MS = 15_000

/** A search for a free place, while links are missing. Grows by half with each that brought no link. */
export const SEEK_INTERVAL_MS = 500
export const SEEK_INTERVAL_MAX_MS = 10_000
/** When nothing but links of our own choice is missing. */
export const SEEK_INTERVAL_CALM_MAX_MS = 60_000
/** Places that were offered to us and not tried yet, and how long they may be believed in. */
export const PLACES_MAX = 8
export const PLACE_KEPT_MS = 5_000
/** The search for the fourth outbound link is no emergency: doubled with each that brought none. */
export const CALM_DIAL_INTERVAL_MS = 5_000
export const CALM_DIAL_INTERVAL_MAX_MS = 160_000
/** Others to try that a refusal names; it travels several hops. */
export const REFUSAL_CARDS = 2

/** Connections being made by us: each costs the browser a peer connection. */
export const DIALS_MAX = 3
/** Connections being made to us. */
export const ANSWERS_MAX = 4
/** A dial that takes longer mostly finds no path; until it is given up it holds no other one back. */
export const DIAL_HOPEFUL_MS = 4_000
/** While a member has so few links that the next loss could cut it off. */
export const DIALS_URGENT_MAX = 5
/** Slow dials included. */
export const DIALS_ALL_MAX = 8
/** A whole dial, from the knock to the open link. */
export const DIAL_MS = 12_000
/** The answer to a knock: a dozen hops there and back. */
export const KNOCK_MS = 3_000
/** An offer and three late candidates. */
export const SIGNALS_PER_DIAL_MAX = 4
export const SIGNAL_BYTES_MAX = 4_096
/** Links that a signal may go over: the walk by which a card came, and that of the one who passed it on. */
export const SIGNAL_HOPS_MAX = 12
/** A card whose owner is said to be farther away is not passed on: no signal would reach him. */
export const CARD_HOPS_MAX = 10
/** A way ages by one hop in this time, so that a longer one that is fresh wins over a short one of yesterday. */
export const ROUTE_HOP_AGE_MS = 30_000
export const ROUTES_MAX = 2_048
export const ROUTE_KEPT_MS = 600_000

/** Signals with an offer or an answer in them: two kilobytes each, and a connection at their end. */
export const SIGNALS_PER_LINK = { burst: 40, perSecond: 20 / 60 } as const
/** Knocks and their answers: 150 bytes, one signature to check at the end. */
export const KNOCKS_PER_LINK = { burst: 60, perSecond: 2 } as const
/** Shuffles and searches: a quiet neighbour forwards one in ten seconds, a joining one ten. */
export const WALKS_PER_LINK = { burst: 60, perSecond: 2 } as const
/** Cards whose signature we check because this link brought them. */
export const CARDS_PER_LINK = { burst: 64, perSecond: 2 } as const
/** Everything on the overlay's channel; over it the link is closed. */
export const MESSAGES_PER_LINK = { burst: 400, perSecond: 50 } as const
/** Verifications under way. */
export const VERIFICATIONS_MAX = 64
/** An answer that never came frees its place after this. */
export const VERIFICATION_MS = 10_000

/** A newcomer keeps its slot as long as this takes: to find and open a second link. */
export const NEWCOMER_TENURE_MS = 5_000
/** Who says for so long that it found nobody else has to go all the same. */
export const PROBATION_MS = 60_000
/** Whoever has more links than these does not fall out of the room by losing one. */
export const SAFE_DEGREE = 3
/** A neighbour with so many links can spare us for somebody in need, and is not in need then. */
export const GENEROUS_DEGREE = 7
/** Links that were given to those who pleaded. Whoever only says that he is in need gets no more of a view than this. */
export const PLEA_LINKS_MAX = 2
/** How often a member makes way for somebody in need, whoever says that he is. */
export const PLEA_INTERVAL_MS = 15_000
/** With fewer living links a member hangs on a thread. */
export const ALONE_LINKS = 2
/** With so many links of whatever kind the room is reached without doors. */
export const MESHED_LINKS = 4

/** Links from a door that take over a neighbour's place though we have all we want: they may lead to another piece. */
export const BRIDGES = { burst: 1, perSecond: 1 / 60 } as const

/** So many neighbours, or a third of them, gone silent within so long: not one by one, the network between us. */
export const TORN_LOSSES_MIN = 2
export const TORN_WITHIN_MS = 15_000
/** For so long the doors are watched closely, because only they can join two pieces of a room. */
export const TORN_FOR_MS = 900_000

/** A silent neighbour is replaced at once and given up after this. */
export const SUSPECT_MS = 10_000
/** A hidden tab may sleep for a minute. */
export const SUSPECT_HIDDEN_MS = 65_000
/** After sleep: who does not answer within this is suspect. */
export const WAKE_ANSWER_MS = 3_000

/** How often a link may be given up for a faster one. */
export const SWAP_INTERVAL_MS = 60_000
/** So many slots prefer near neighbours; the rest stays random, which keeps the overlay in one piece. */
export const NEAR_SLOTS = 4
/** A trial must be this much faster than what it replaces. */
export const SWAP_GAIN = 0.7
/** What a trial link is given to measure its round trip. */
export const TRIAL_MS = 15_000
/** How often a link on trial is made for somebody else. */
export const GUEST_INTERVAL_MS = 30_000
/** Whoever has no time for a trial has none for half a minute: another is asked, so many times. */
export const TRIAL_RETRY_MS = 4_000
export const TRIAL_RETRIES_MAX = 3
/** Our number of links is told anew at most this often. */
export const STATUS_INTERVAL_MS = 2_000
