/**
 * Beads that run along live wires: the only thing on the canvas that moves by itself. They are drawn on one bitmap, at
 * most 30 times a second, and only while the page is seen, something is live, and the person has not asked for calm.
 */

import { type Curve, curveFrom, curvePath, curveUntil } from './geometry.ts'

const FRAME_MS = 1000 / 30
/** Pixels from bead to bead, length of a bead without its round ends. */
const STEP = 28
const BEAD = 4
const BEAD_WIDTH = 3.5
/** Speed is fixed, thickness carries the rate: two steps each beat of 1,200 ms. */
const SPEED_PER_MS = (2 * STEP) / 1200
/** Beads begin after the port and end where the arrow begins. */
const EDGE = 7
const TIP = 14

export interface BeadLine {
  readonly curve: Curve
  readonly tone: 'live' | 'you'
}

export class Beads {
  readonly #canvas: HTMLCanvasElement
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)')
  #lines: readonly { readonly path: Path2D; readonly tone: 'live' | 'you' }[] = []
  #view = { x: 0, y: 0, k: 1 }
  #frame: number | undefined
  #drawn_ms = 0
  #colours: Readonly<Record<'live' | 'you', string>> = { live: '', you: '' }
  readonly #stop = new AbortController()

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    const { signal } = this.#stop
    document.addEventListener('visibilitychange', () => this.#wake(), { signal })
    this.#calm.addEventListener('change', () => this.#wake(), { signal })
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.readColours(), { signal })
    this.readColours()
  }

  destroy(): void {
    this.#stop.abort()
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame)
  }

  /** Takes the colours of the theme; call it when the theme changes. */
  readColours(): void {
    const probe = document.createElement('i')
    this.#canvas.parentElement?.append(probe)
    const read = (token: string): string => {
      probe.style.color = `var(${token})`
      return getComputedStyle(probe).color
    }
    this.#colours = { live: read('--live'), you: read('--accent') }
    probe.remove()
    this.#wake()
  }

  setLines(lines: readonly BeadLine[]): void {
    this.#lines = lines.map(({ curve, tone }) => ({ tone, path: new Path2D(curvePath(shorten(curve))) }))
    this.#wake()
  }

  setView(x: number, y: number, k: number): void {
    this.#view = { x, y, k }
    if (this.#lines.length > 0) this.#draw(performance.now())
  }

  #wake(): void {
    if (this.#frame !== undefined) return
    const isStill = this.#lines.length === 0 || document.hidden || this.#calm.matches
    if (isStill) {
      this.#clear()
      return
    }
    this.#frame = requestAnimationFrame((now) => this.#tick(now))
  }

  #tick(now_ms: number): void {
    this.#frame = undefined
    if (now_ms - this.#drawn_ms >= FRAME_MS - 2) this.#draw(now_ms)
    this.#wake()
  }

  #clear(): CanvasRenderingContext2D {
    const context = this.#canvas.getContext('2d')!
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    return context
  }

  #draw(now_ms: number): void {
    this.#drawn_ms = now_ms
    const ratio = devicePixelRatio
    const width = Math.round(this.#canvas.clientWidth * ratio)
    const height = Math.round(this.#canvas.clientHeight * ratio)
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width
      this.#canvas.height = height
    }
    const context = this.#clear()
    if (this.#calm.matches) return
    const { x, y, k } = this.#view
    context.setTransform(k * ratio, 0, 0, k * ratio, x * ratio, y * ratio)
    context.lineWidth = BEAD_WIDTH
    context.lineCap = 'round'
    context.setLineDash([BEAD, STEP - BEAD])
    context.lineDashOffset = -((now_ms * SPEED_PER_MS) % STEP)
    for (const { path, tone } of this.#lines) {
      context.strokeStyle = this.#colours[tone]
      context.stroke(path)
    }
  }
}

/** The curve without the port's edge at its begin and the arrow at its end. Near its ends a curve runs along its handles. */
function shorten(curve: Curve): Curve {
  const handle = 3 * Math.max(8, curve.c1.x - curve.from.x)
  return curveUntil(curveFrom(curve, Math.min(0.3, EDGE / handle)), 1 - Math.min(0.3, TIP / handle))
}
