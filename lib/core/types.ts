/**
 * Props without some keys, for golden paths that decide those themselves. Unlike `Omit`, it keeps which of the others are optional and
 * read-only, in generic classes too.
 *
 * @typeParam P - the props
 * @typeParam K - names of those to leave out
 */
export type Without<P, K extends keyof P> = { readonly [Q in keyof P as Exclude<Q, K>]: P[Q] };
