/** Driver options that Docker does not have. */

/** Of a bridge network: its ports speak for themselves only; and of an endpoint there, which is trusted when it is false. */
export const antiSpoofing = 'trestle.bridge.anti_spoofing'
