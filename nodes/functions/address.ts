/** IP addresses as numbers. Strict: decimal parts without leading zeros, no shortened or octal forms. */

/** An address: 4 or 6, and its bits. */
export interface Address {
  readonly version: 4 | 6
  readonly bits: bigint
}

function readIpv4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let bits = 0n
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    bits = (bits << 8n) | BigInt(part)
  }
  return bits
}

/** RFC 4291 section 2.2: eight groups, `::` for one run of zeros, the last two perhaps as IPv4. No zone. */
function readIpv6(text: string): bigint | undefined {
  let groupsText = text
  const lastColon = text.lastIndexOf(':')
  if (text.includes('.')) {
    const ipv4 = readIpv4(text.slice(lastColon + 1))
    if (ipv4 === undefined) return undefined
    groupsText = `${text.slice(0, lastColon + 1)}${(ipv4 >> 16n).toString(16)}:${(ipv4 & 0xffffn).toString(16)}`
  }
  const halves = groupsText.split('::')
  if (halves.length > 2) return undefined
  const [before, after] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before!.length - (after?.length ?? 0)
  if (after === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before!, ...Array<string>(after === undefined ? 0 : missing).fill('0'), ...(after ?? [])]
  let bits = 0n
  for (const group of groups) {
    if (!/^[0-9A-Fa-f]{1,4}$/.test(group)) return undefined
    bits = (bits << 16n) | BigInt(`0x${group}`)
  }
  return bits
}

/** Reads an address; undefined when the text is none. */
export function readAddress(text: string): Address | undefined {
  if (text.length > 45) return undefined
  const version = text.includes(':') ? 6 : 4
  const bits = version === 6 ? readIpv6(text) : readIpv4(text)
  return bits === undefined ? undefined : { version, bits }
}

/** A network: `192.0.2.0/24`, `2001:db8::/32`. `host` bits are those after the prefix. */
export interface Subnet extends Address {
  readonly hostBits: number
}

/** Reads a network; bits after the prefix may be set. Undefined when the text is none. */
export function readSubnet(text: string): Subnet | undefined {
  const slash = text.indexOf('/')
  const prefix = text.slice(slash + 1)
  const address = slash === -1 ? undefined : readAddress(text.slice(0, slash))
  if (address === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined
  const hostBits = (address.version === 4 ? 32 : 128) - Number(prefix)
  return hostBits < 0 ? undefined : { ...address, hostBits }
}

/** True when the address lies in the network, its first and last address included. */
export function isInSubnet(address: Address, subnet: Subnet): boolean {
  const shift = BigInt(subnet.hostBits)
  return address.version === subnet.version && address.bits >> shift === subnet.bits >> shift
}
