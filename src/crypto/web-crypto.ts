/** The platform's WebCrypto, which is absent in insecure contexts (plain HTTP). */
export const subtle: SubtleCrypto | undefined = (globalThis.crypto as Crypto | undefined)?.subtle

/**
 * The DOM types refuse a view that might lie on shared memory. None of ours does: bytes come from the codec, from
 * a transport or from storage.
 */
export const asBufferSource = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>
