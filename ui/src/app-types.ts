// Written by `src-tauri/src/types.rs` from the app's own types; its test says when this is out of date.

/**
 * What a route's submissions are called.
 */
export type Kind = "form" | "message" | "vote";

/**
 * So many of a kind.
 */
export type Counted = { kind: Kind, count: number, };

/**
 * What waits until somebody has signed in.
 */
export type SignIn = { kind: Kind, count: number, 
/**
 * Where that is done.
 */
path: string, };

/**
 * The one that waits and will change what the page shows.
 */
export type Here = { kind: Kind, 
/**
 * What was chosen, as the person saw it.
 */
choice: string | null, };

/**
 * What a page is told of what waits.
 */
export type Outbox = { waiting: Counted | null, 
/**
 * Those that the person has to see to, without those that a sign-in helps.
 */
attention: Counted | null, signIn: SignIn | null, here: Here | null, };

/**
 * What was entered once, to be changed and sent anew.
 */
export type Draft = { key: string, 
/**
 * Where the form sends it: path and query.
 */
action: string, fields: Array<[string, string]>, };
