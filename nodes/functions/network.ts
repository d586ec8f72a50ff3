/**
 * Functions of addresses, domain names and URLs. Public suffixes are those of publicsuffix.org, private ones
 * (`github.io`) included.
 */

import { parse } from 'tldts'
import { ExpressionError, type ExpressionFunction } from '../contract/function.ts'
import { isInSubnet, readAddress, readSubnet } from './address.ts'
import { isNumber, toDouble } from './number.ts'
import { needText, textOf } from './values.ts'

export const IN_SUBNET: ExpressionFunction = {
  name: 'IN_SUBNET',
  group: 'network',
  help: 'Whether an IP address, version 4 or 6, lies in a network or one of several, first and last address included.',
  parameters: [
    { name: 'ip', type: 'text', help: 'The address.' },
    { name: 'cidr', type: 'text', help: 'A network, as 192.0.2.0/24; null is left out.' },
    { name: 'more', type: 'text', help: 'More networks.', rest: true },
  ],
  returns: 'boolean',
  returnsHelp:
    'False for a null address. In the metron dialect only version 4, without the first and last address of a network.',
  examples: [
    { expression: "IN_SUBNET('192.168.1.5', '192.168.0.0/16')", result: true },
    { expression: "IN_SUBNET('192.168.0.0', '192.168.0.0/16')", result: true },
    { expression: "IN_SUBNET('2001:db8::1', '10.0.0.0/8', '2001:db8::/32')", result: true },
  ],
  apply: (ip: unknown, ...cidrs: unknown[]) => {
    if (ip === null) return false
    const address = readAddress(needText(ip, 'IN_SUBNET', 'ip'))
    if (address === undefined)
      throw new ExpressionError(`IN_SUBNET: '${String(ip).slice(0, 64)}' is not an IP address.`)
    let isIn = false
    for (const cidr of cidrs) {
      if (cidr === null) continue
      const subnet = readSubnet(needText(cidr, 'IN_SUBNET', 'cidr'))
      if (subnet === undefined)
        throw new ExpressionError(`IN_SUBNET: '${String(cidr).slice(0, 64)}' is not a network such as 10.0.0.0/8.`)
      isIn ||= isInSubnet(address, subnet)
    }
    return isIn
  },
}

export const IS_IP: ExpressionFunction = {
  name: 'IS_IP',
  group: 'network',
  help: 'Whether a text is an IP address.',
  parameters: [
    { name: 'text', type: 'any', help: 'The text.' },
    { name: 'version', type: 'text', help: "'IPV4' or 'IPV6'; either if left out.", optional: true },
  ],
  returns: 'boolean',
  returnsHelp: 'False for null.',
  examples: [
    { expression: "IS_IP('192.0.2.1')", result: true },
    { expression: "IS_IP('192.0.2.1', 'IPV6')", result: false },
    { expression: "IS_IP('999.0.2.1')", result: false },
  ],
  apply: (text: unknown = null, version: unknown = null) => {
    if (text === null) return false
    const address = readAddress(textOf(text))
    if (address === undefined) return false
    const wanted = version === null ? '' : textOf(version).toUpperCase()
    if (wanted === 'IPV4') return address.version === 4
    return wanted === 'IPV6' ? address.version === 6 : true
  },
}

const SUFFIXES = { allowPrivateDomains: true, extractHostname: false, validateHostname: false } as const

/** A name in lower case, without a final point; undefined when it can't be one. */
function domainName(text: string): string | undefined {
  const name = text
    .replace(/[。．｡]/g, '.')
    .replace(/\.$/, '')
    .toLowerCase()
  if (name === '' || name.length > 253) return undefined
  const labels = name.split('.')
  // ASCII letters, digits, hyphens and underscores, and anything beyond ASCII; the last label does not begin with a digit.
  const isLabel = (label: string) => /^[a-z0-9_\-\u0080-\uffff]{1,63}$/.test(label) && !/^[-_]|[-_]$/.test(label)
  return labels.every(isLabel) && !/^\d/.test(labels.at(-1)!) ? name : undefined
}

/** The public suffix of a name: a listed one, else the last label. */
function suffixOf(name: string): string {
  const { publicSuffix, isIcann, isPrivate } = parse(name, SUFFIXES)
  return publicSuffix !== null && (isIcann === true || isPrivate === true)
    ? publicSuffix
    : name.slice(name.lastIndexOf('.') + 1)
}

export const DOMAIN_TO_TLD: ExpressionFunction = {
  name: 'DOMAIN_TO_TLD',
  group: 'network',
  help: 'The public suffix of a domain name.',
  parameters: [{ name: 'domain', type: 'any', help: 'The name.' }],
  returns: 'text',
  returnsHelp:
    "In lower case; what follows the last point where none is listed. Null for null, in the metron dialect 'null'.",
  examples: [
    { expression: "DOMAIN_TO_TLD('mail.bbc.co.uk')", result: 'co.uk' },
    { expression: "DOMAIN_TO_TLD('host.internal-zone')", result: 'internal-zone' },
  ],
  apply: (domain: unknown) => {
    if (domain === null) return null
    const text = textOf(domain)
    const name = domainName(text)
    return name === undefined ? text.slice(text.lastIndexOf('.') + 1) : suffixOf(name)
  },
}

export const DOMAIN_REMOVE_TLD: ExpressionFunction = {
  name: 'DOMAIN_REMOVE_TLD',
  group: 'network',
  help: 'A domain name without its public suffix.',
  parameters: [{ name: 'domain', type: 'any', help: 'The name.' }],
  returns: 'text',
  returnsHelp: "'' when nothing is left; null for null or what can't be a domain name.",
  examples: [
    { expression: "DOMAIN_REMOVE_TLD('mail.bbc.co.uk')", result: 'mail.bbc' },
    { expression: "DOMAIN_REMOVE_TLD('co.uk')", result: '' },
  ],
  apply: (domain: unknown) => {
    const name = domain === null ? undefined : domainName(textOf(domain))
    if (name === undefined) return null
    return name.slice(0, Math.max(name.length - suffixOf(name).length - 1, 0))
  },
}

export const DOMAIN_REMOVE_SUBDOMAINS: ExpressionFunction = {
  name: 'DOMAIN_REMOVE_SUBDOMAINS',
  group: 'network',
  help: 'The part of a domain name that someone registered: the public suffix and one label before it.',
  parameters: [{ name: 'domain', type: 'text', help: 'The name.' }],
  returns: 'text',
  returnsHelp: "A public suffix alone stays as it is; null for null or what can't be a domain name.",
  examples: [
    { expression: "DOMAIN_REMOVE_SUBDOMAINS('mail.bbc.co.uk')", result: 'bbc.co.uk' },
    { expression: "DOMAIN_REMOVE_SUBDOMAINS('co.uk')", result: 'co.uk' },
  ],
  apply: (domain: unknown) => {
    if (domain === null) return null
    const name = domainName(needText(domain, 'DOMAIN_REMOVE_SUBDOMAINS', 'domain'))
    if (name === undefined) return null
    const suffix = suffixOf(name)
    if (name === suffix) return name
    const before = name.slice(0, -suffix.length - 1)
    return `${before.slice(before.lastIndexOf('.') + 1)}.${suffix}`
  },
}

/** True for a name with a listed public suffix and something before it. */
function isDomain(text: string): boolean {
  const name = domainName(text)
  if (name === undefined) return false
  const { publicSuffix, isIcann, domain } = parse(name, { ...SUFFIXES, allowPrivateDomains: false })
  return publicSuffix !== null && isIcann === true && domain !== null
}

export const IS_DOMAIN: ExpressionFunction = {
  name: 'IS_DOMAIN',
  group: 'network',
  help: 'Whether a text is a domain name with a known top level domain.',
  parameters: [{ name: 'text', type: 'any', help: 'The text.' }],
  returns: 'boolean',
  returnsHelp: "False for null and ''.",
  examples: [
    { expression: "IS_DOMAIN('mail.bbc.co.uk')", result: true },
    { expression: "IS_DOMAIN('foo')", result: false },
  ],
  apply: (text: unknown = null) => text !== null && isDomain(textOf(text)),
}

export const IS_EMAIL: ExpressionFunction = {
  name: 'IS_EMAIL',
  group: 'network',
  help: 'Whether a text is an e-mail address with a known top level domain.',
  parameters: [{ name: 'text', type: 'any', help: 'The text.' }],
  returns: 'boolean',
  returnsHelp: "False for null and ''.",
  examples: [
    { expression: "IS_EMAIL('me@example.com')", result: true },
    { expression: "IS_EMAIL('me@foo')", result: false },
  ],
  apply: (given: unknown = null) => {
    if (given === null) return false
    const text = textOf(given)
    const at = text.lastIndexOf('@')
    const local = text.slice(0, Math.max(at, 0))
    if (local.length > 64 || !/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local))
      return false
    return isDomain(text.slice(at + 1))
  },
}

interface UrlParts {
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly authority: string
}

/** Schemes known, with their ports; -1 for none. Any other is taken for malformed, as on the JVM. */
const PORTS = new Map([
  ['http', 80],
  ['https', 443],
  ['ftp', 21],
  ['file', -1],
  ['jar', -1],
  ['mailto', -1],
])

/** Parts of a URL as they stand in the text; undefined when it is none. */
function readUrl(given: unknown, name: string): UrlParts | undefined {
  if (given === null) return undefined
  const text = needText(given, name, 'url').trim()
  if (text.length > 65_536) return undefined
  const colon = text.indexOf(':')
  const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase()
  const standard = PORTS.get(scheme)
  if (standard === undefined) return undefined
  const rest = text.slice(colon + 1).replace(/#[\s\S]*$/, '')
  if (!rest.startsWith('//'))
    return { scheme, host: '', port: standard, path: rest.replace(/\?[\s\S]*$/, ''), authority: '' }
  const end = rest.slice(2).search(/[/?]/)
  const authority = end === -1 ? rest.slice(2) : rest.slice(2, 2 + end)
  const path = end === -1 ? '' : rest.slice(2 + end).replace(/\?[\s\S]*$/, '')
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1)
  const bracket = hostAndPort.lastIndexOf(']')
  const portColon = hostAndPort.indexOf(':', bracket + 1)
  const host = portColon === -1 ? hostAndPort : hostAndPort.slice(0, portColon)
  const portText = portColon === -1 ? '' : hostAndPort.slice(portColon + 1)
  if (!/^\d{0,5}$/.test(portText) || (host.startsWith('[') && readAddress(host.slice(1, -1))?.version !== 6))
    return undefined
  return { scheme, host, port: portText === '' ? standard : Number(portText), path, authority }
}

export const URL_TO_HOST: ExpressionFunction = {
  name: 'URL_TO_HOST',
  group: 'network',
  help: 'The host of a URL, without user and port.',
  parameters: [{ name: 'url', type: 'text', help: 'http, https, ftp, file, jar or mailto.' }],
  returns: 'text',
  returnsHelp: 'Null for null or what is no such URL.',
  examples: [
    { expression: "URL_TO_HOST('http://www.yahoo.com/foo')", result: 'www.yahoo.com' },
    { expression: "URL_TO_HOST('www.yahoo.com')", result: null },
  ],
  apply: (url: unknown) => readUrl(url, 'URL_TO_HOST')?.host ?? null,
}

export const URL_TO_PORT: ExpressionFunction = {
  name: 'URL_TO_PORT',
  group: 'network',
  help: "The port of a URL, or its scheme's.",
  parameters: [{ name: 'url', type: 'text', help: 'http, https, ftp, file, jar or mailto.' }],
  returns: 'integer',
  returnsHelp: 'Null for null or what is no such URL; -1 where the scheme has no port.',
  examples: [
    { expression: "URL_TO_PORT('https://example.com/')", result: 443 },
    { expression: "URL_TO_PORT('http://example.com:8080/')", result: 8080 },
  ],
  apply: (url: unknown) => readUrl(url, 'URL_TO_PORT')?.port ?? null,
}

export const URL_TO_PATH: ExpressionFunction = {
  name: 'URL_TO_PATH',
  group: 'network',
  help: 'The path of a URL, without query.',
  parameters: [{ name: 'url', type: 'text', help: 'http, https, ftp, file, jar or mailto.' }],
  returns: 'text',
  returnsHelp: "'' where there is none; null for null or what is no such URL.",
  examples: [{ expression: "URL_TO_PATH('http://example.com/a/b?q=1')", result: '/a/b' }],
  apply: (url: unknown) => readUrl(url, 'URL_TO_PATH')?.path ?? null,
}

export const URL_TO_PROTOCOL: ExpressionFunction = {
  name: 'URL_TO_PROTOCOL',
  group: 'network',
  help: 'The scheme of a URL.',
  parameters: [{ name: 'url', type: 'text', help: 'http, https, ftp, file, jar or mailto.' }],
  returns: 'text',
  returnsHelp: 'In lower case; null for null or what is no such URL.',
  examples: [{ expression: "URL_TO_PROTOCOL('HTTP://example.com/')", result: 'http' }],
  apply: (url: unknown) => readUrl(url, 'URL_TO_PROTOCOL')?.scheme ?? null,
}

export const IS_URL: ExpressionFunction = {
  name: 'IS_URL',
  group: 'network',
  help: 'Whether a text is a URL with scheme http, https or ftp and a host that is an address or a known domain.',
  parameters: [{ name: 'text', type: 'any', help: 'The text.' }],
  returns: 'boolean',
  returnsHelp: "False for null and ''.",
  examples: [
    { expression: "IS_URL('http://www.example.com/a')", result: true },
    { expression: "IS_URL('www.example.com')", result: false },
  ],
  apply: (given: unknown = null) => {
    const text = given === null ? '' : textOf(given)
    const url = readUrl(text, 'IS_URL')
    if (url === undefined || /\s/.test(text) || !['http', 'https', 'ftp'].includes(url.scheme)) return false
    const host = url.host.replace(/^\[|\]$/g, '')
    return readAddress(host) !== undefined || isDomain(host)
  },
}

/** Internet protocol numbers with names that traffic shows (IANA, protocol-numbers). */
const PROTOCOLS: readonly (readonly [number, string])[] = [
  [0, 'HOPOPT'],
  [1, 'ICMP'],
  [2, 'IGMP'],
  [3, 'GGP'],
  [4, 'IPV4'],
  [5, 'ST'],
  [6, 'TCP'],
  [7, 'CBT'],
  [8, 'EGP'],
  [9, 'IGP'],
  [17, 'UDP'],
  [27, 'RDP'],
  [33, 'DCCP'],
  [41, 'IPV6'],
  [43, 'IPV6-ROUTE'],
  [44, 'IPV6-FRAG'],
  [46, 'RSVP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'IPV6-ICMP'],
  [59, 'IPV6-NONXT'],
  [60, 'IPV6-OPTS'],
  [88, 'EIGRP'],
  [89, 'OSPFIGP'],
  [94, 'IPIP'],
  [97, 'ETHERIP'],
  [103, 'PIM'],
  [108, 'IPCOMP'],
  [112, 'VRRP'],
  [115, 'L2TP'],
  [132, 'SCTP'],
  [136, 'UDPLITE'],
  [137, 'MPLS-IN-IP'],
]
const PROTOCOL_NAMES = new Map(PROTOCOLS)

export const PROTOCOL_TO_NAME: ExpressionFunction = {
  name: 'PROTOCOL_TO_NAME',
  group: 'network',
  help: 'The name of an Internet protocol number.',
  parameters: [{ name: 'number', type: 'any', help: 'The number, or its text.' }],
  returns: 'any',
  returnsHelp: 'The name in upper case; anything else is given back as it is.',
  examples: [
    { expression: 'PROTOCOL_TO_NAME(6)', result: 'TCP' },
    { expression: "PROTOCOL_TO_NAME('x')", result: 'x' },
  ],
  apply: (number: never) => {
    const given: unknown = number
    const code = isNumber(given)
      ? toDouble(given)
      : typeof given === 'string' && /^\d{1,3}$/.test(given)
        ? Number(given)
        : -1
    return PROTOCOL_NAMES.get(code) ?? number
  },
}
