/** Small pictures of numbers: the line of a last minute, the bars of a spread. */

import { html, nothing, type TemplateResult } from 'lit'

export function spark(values: readonly number[], width: number, height: number): TemplateResult | typeof nothing {
  if (values.length < 2) return nothing
  const most = Math.max(...values)
  const least = Math.min(...values, most * 0.5)
  const span = most - least || 1
  const points = values.map((value, i) => {
    const x = (i / (values.length - 1)) * width
    const y = height - 1.5 - ((value - least) / span) * (height - 3)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  })
  const line = `M${points.join('L')}`
  return html`<svg class="spark" width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
    <path class="area" d="M0 ${height}L${points.join('L')}L${width} ${height}Z"></path>
    <path class="line" d=${line}></path>
  </svg>`
}

const BAR = 5
const HEIGHT = 14

/** Bars of shares from 0 to 1; one that is not empty is seen. */
export function bars(shares: readonly number[]): TemplateResult | typeof nothing {
  if (shares.length === 0) return nothing
  const path = shares
    .map((share, i) =>
      share === 0 ? '' : `M${i * (BAR + 1)} ${HEIGHT}h${BAR}v${-Math.max(1, share * HEIGHT).toFixed(1)}h${-BAR}z`,
    )
    .join('')
  const width = shares.length * (BAR + 1) - 1
  return html`<svg class="bars" width=${width} height=${HEIGHT} viewBox="0 0 ${width} ${HEIGHT}" aria-hidden="true"><path d=${path}></path></svg>`
}
