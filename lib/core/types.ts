/**
 * Props without some keys, for golden paths that decide those themselves. Unlike `Omit`, it keeps what is known of the others.
 */
export type Without<P, K extends keyof P> = { readonly [Q in keyof P as Exclude<Q, K>]: P[Q] };
