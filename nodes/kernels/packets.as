/**
 * Walks over the records of a classic capture file and reads the headers of the packets that come by most, so that those
 * which nobody wants are known before a record is made of them.
 *
 * What is told of a packet is what nodes/records/packet-headers.ts finds in it; where that would find a fault, or has more to
 * do than an Ethernet frame of IP with TCP, UDP, SCTP or ICMP asks for, nothing is told.
 */

/** In place of the protocol: nothing is told of the packet; the packet is not IP. In place of a port: there is none. */
const UNTOLD: i32 = -2
const NONE: i32 = -1

/**
 * @param start where a record begins.
 * @param little 1 for little-endian record headers, `nano` 1 for nanoseconds, `header` their length in bytes.
 * @param largest bytes; a record with more of a packet is left to the caller.
 * @param isEthernet 1 when the packets are Ethernet frames; nothing is told of any others.
 * @param table takes 32 bytes a packet: time in microseconds (f64), where it starts and ends, its length on the wire,
 *   its protocol, and its source and destination port.
 * @param walked takes where the walk ended: at a record that is not whole, too large, or one more than `capacity`.
 * @returns the packets in the table.
 */
export function packets(
  start: usize,
  end: usize,
  little: u32,
  nano: u32,
  header: usize,
  largest: u32,
  isEthernet: u32,
  table: usize,
  capacity: u32,
  walked: usize,
): u32 {
  let at = start
  let count: u32 = 0
  while (count < capacity && end - at >= header) {
    let seconds = load<u32>(at)
    let fraction = load<u32>(at, 4)
    let captured = load<u32>(at, 8)
    let wire = load<u32>(at, 12)
    if (!little) {
      seconds = bswap(seconds)
      fraction = bswap(fraction)
      captured = bswap(captured)
      wire = bswap(wire)
    }
    const packet = at + header
    if (captured > largest || end - packet < captured) break
    at = packet + captured
    store<f64>(table, <f64>seconds * 1000000.0 + <f64>(nano ? fraction / 1000 : fraction))
    store<u32>(table, <u32>packet, 8)
    store<u32>(table, <u32>at, 12)
    store<u32>(table, wire, 16)
    if (isEthernet) tell(packet, at, wire, table)
    else store<i32>(table, UNTOLD, 20)
    table += 32
    count++
  }
  store<u32>(walked, <u32>at)
  return count
}

/** Reads the headers of one Ethernet frame, of which `wire` bytes were on the wire, into its row of the table. */
export function tell(start: usize, end: usize, wire: u32, row: usize): void {
  store<i32>(row, UNTOLD, 20)
  store<i32>(row, NONE, 24)
  store<i32>(row, NONE, 28)
  if (end - start < 14) return
  const isCut = wire > <u32>(end - start)
  let type = big16(start + 12)
  let at = start + 14
  for (let tags = 0; type == 0x8100 || type == 0x88a8 || type == 0x9100; tags++) {
    if (tags == 16 || end - at < 4) return
    type = big16(at + 2)
    at += 4
  }
  let stop: usize
  let protocol: i32
  if (type == 0x0800) {
    if (end - at < 20) return
    const first = load<u8>(at)
    const header = <usize>(first & 0x0f) * 4
    const total = <usize>big16(at + 2)
    if (first >> 4 != 4 || header < 20 || total < header || end - at < header) return
    if ((big16(at + 6) & 0x3fff) != 0) return
    stop = at + total
    protocol = load<u8>(at, 9)
    at += header
  } else if (type == 0x86dd) {
    if (end - at < 40 || load<u8>(at) >> 4 != 6) return
    const length = <usize>big16(at + 4)
    protocol = load<u8>(at, 6)
    if (length == 0 || isExtension(protocol)) return
    at += 40
    stop = at + length
  } else {
    // MPLS, PPPoE and PPP may carry IP; behind any other type there is none.
    if (type != 0x8847 && type != 0x8848 && type != 0x8864 && type != 0x880b) store<i32>(row, NONE, 20)
    return
  }
  if (stop > end) {
    if (!isCut) return
    stop = end
  }
  const size = stop - at
  if (protocol == 17) {
    if (size < 8) return
    const length = <usize>big16(at + 4)
    if ((length != 0 && length < 8) || (length > size && !isCut)) return
  } else if (protocol == 6) {
    if (size < 20) return
    const header = <usize>(load<u8>(at, 12) >> 4) * 4
    if (header < 20 || header > size) return
  } else if (protocol == 132) {
    if (size < 12) return
  } else {
    if ((protocol == 1 || protocol == 58) && size < 4) return
    store<i32>(row, protocol, 20)
    return
  }
  store<i32>(row, protocol, 20)
  store<i32>(row, big16(at), 24)
  store<i32>(row, big16(at + 2), 28)
}

/** IPv6 extension headers that lead on to another header. */
function isExtension(protocol: i32): bool {
  return (
    protocol == 0 ||
    protocol == 43 ||
    protocol == 44 ||
    protocol == 51 ||
    protocol == 60 ||
    protocol == 135 ||
    protocol == 139 ||
    protocol == 140
  )
}

function big16(at: usize): u32 {
  return <u32>bswap(load<u16>(at))
}
