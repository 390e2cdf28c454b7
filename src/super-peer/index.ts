/** Peers without a page: what a program in Node needs beside the library. */
export { nodeEnvironment, type NodeEnvironment, type NodeEnvironmentOptions } from './node-environment.ts'
