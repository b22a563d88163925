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

/**
 * What has become of a submission.
 */
export type State = "queued" | "sending" | "needs-sign-in" | "refused" | "changed" | "uncertain" | "expired" | "handed-over";

/**
 * A submission in the Library.
 */
export type Waiting = { key: string, kind: Kind, 
/**
 * Whether it belongs to who is signed in now; of another's, nothing more is told.
 */
isOwn: boolean, 
/**
 * What was chosen, as the person saw it.
 */
choice: string | null, 
/**
 * That of the page it was entered on.
 */
title: string | null, state: State, createdAtMs: number, nextTryAtMs: number | null, bytes: number, hasAnswer: boolean, canEdit: boolean, canSignIn: boolean, };

/**
 * What the Library shows.
 */
export type Shelves = { online: boolean, waiting: Array<Waiting>, };

/**
 * What the site answered to a submission.
 */
export type KeptAnswer = { isPage: boolean, text: string, };

/**
 * What was in a file.
 */
export type Imported = { new: number, known: number, };
