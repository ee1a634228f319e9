import { createStore, type Readable } from '@streambed/client';
import { flushSync } from 'react-dom';
import { type KnownPlace, shiftOf } from './shift-of.ts';

/** How near the end counts as being there, in pixels. */
const near = 24;
/** So much above and below what is seen is there already when the reader comes to it, in shares of the view. */
const ahead = '75% 0px';

/** A turn's place. */
interface Slot {
  readonly key: string;
  height: number | undefined;
  /** It was empty until now: its next height is its first real one. */
  arriving: boolean;
}

/**
 * The one owner of a conversation's scroll. At the end it stays at the end, whatever grows; as soon as the reader scrolls
 * up it lets go, and takes hold again when the reader comes back. What changes its height above the view moves nothing
 * in it. It also says which turns are near enough to be there.
 */
export class ScrollOwner {
  readonly #atEnd = createStore(true);
  readonly #resize: ResizeObserver;
  readonly #slots = new Map<Element, Slot>();
  readonly #heights = new Map<string, number>();
  readonly #nearness = new Map<Element, (near: boolean) => void>();
  #sight: IntersectionObserver | undefined;
  #scroller: HTMLElement | undefined;
  #stuck = true;
  #lastTop = 0;
  #lastHeight = 0;

  constructor() {
    this.#resize = new ResizeObserver((entries) => this.#resized(entries));
  }

  /** Whether the end is in view. */
  get atEnd(): Readable<boolean> {
    return this.#atEnd;
  }

  /** Takes over `scroller`; `content` is all that stands in it. The function that comes back gives it up. */
  attach(scroller: HTMLElement, content: HTMLElement): () => void {
    this.#scroller = scroller;
    this.#lastTop = scroller.scrollTop;
    this.#sight = new IntersectionObserver((entries) => this.#seen(entries), {
      root: scroller,
      rootMargin: ahead,
    });
    for (const slot of this.#slots.keys()) this.#sight.observe(slot);
    const onScroll = () => this.#scrolled();
    scroller.addEventListener('scroll', onScroll, { passive: true });
    const beforePrint = () => this.#showAll();
    const afterPrint = () => this.#lookAgain();
    window.addEventListener('beforeprint', beforePrint);
    window.addEventListener('afterprint', afterPrint);
    this.#resize.observe(scroller);
    this.#resize.observe(content);
    return () => {
      scroller.removeEventListener('scroll', onScroll);
      window.removeEventListener('beforeprint', beforePrint);
      window.removeEventListener('afterprint', afterPrint);
      this.#resize.unobserve(scroller);
      this.#resize.unobserve(content);
      this.#sight?.disconnect();
      this.#sight = undefined;
      this.#scroller = undefined;
    };
  }

  /** Watches one turn's place: its height, and whether it is near (said whenever that changes). */
  watch(slot: HTMLElement, key: string, onNear: (near: boolean) => void): () => void {
    this.#slots.set(slot, { key, height: undefined, arriving: false });
    this.#nearness.set(slot, onNear);
    this.#resize.observe(slot);
    this.#sight?.observe(slot);
    return () => {
      this.#resize.unobserve(slot);
      this.#sight?.unobserve(slot);
      this.#slots.delete(slot);
      this.#nearness.delete(slot);
    };
  }

  /** How high the turn was when it was last there. */
  heightOf(key: string): number | undefined {
    return this.#heights.get(key);
  }

  toEnd(): void {
    this.#stuck = true;
    this.#atEnd.set(true);
    this.#moveTo(this.#scroller?.scrollHeight ?? 0);
  }

  #moveTo(top: number): void {
    if (this.#scroller === undefined) return;
    this.#scroller.scrollTop = top;
    this.#lastTop = this.#scroller.scrollTop;
    this.#lastHeight = this.#scroller.scrollHeight;
  }

  #scrolled(): void {
    if (this.#scroller === undefined) return;
    const { scrollTop: top, scrollHeight, clientHeight } = this.#scroller;
    // Only a movement upwards is the reader's wish: growth moves nothing, and we move downwards only. What became
    // shorter moves the view upwards by itself.
    if (scrollHeight - clientHeight - top <= near) this.#stuck = true;
    else if (top < this.#lastTop && scrollHeight >= this.#lastHeight) this.#stuck = false;
    this.#lastTop = top;
    this.#lastHeight = scrollHeight;
    this.#atEnd.set(this.#stuck);
  }

  #seen(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const slot = this.#slots.get(target);
      if (slot !== undefined) slot.arriving = isIntersecting && target.hasAttribute('hidden');
      this.#nearness.get(target)?.(isIntersecting);
    }
  }

  /** On paper everything is near. */
  #showAll(): void {
    flushSync(() => {
      for (const near of this.#nearness.values()) near(true);
    });
  }

  /** An observer that begins to observe says how things stand. */
  #lookAgain(): void {
    for (const slot of this.#slots.keys()) {
      this.#sight?.unobserve(slot);
      this.#sight?.observe(slot);
    }
  }

  /** Runs after layout and before painting: what is put right here is never seen wrong. */
  #resized(entries: readonly ResizeObserverEntry[]): void {
    const scroller = this.#scroller;
    if (scroller === undefined) return;
    const arrived = new Set<Element>();
    const changed = entries.flatMap(({ target }) => {
      const slot = this.#slots.get(target);
      if (slot === undefined || !(target instanceof HTMLElement)) return [];
      const { offsetHeight: height, offsetTop: top } = target;
      const { arriving, height: before } = slot;
      const delta = before === undefined ? 0 : height - before;
      slot.height = height;
      slot.arriving = false;
      this.#heights.set(slot.key, height);
      if (arriving) arrived.add(target);
      return delta === 0 ? [] : [{ top, height, delta, arriving }];
    });
    if (this.#stuck) {
      this.#moveTo(scroller.scrollHeight);
      return;
    }
    const view = { top: scroller.scrollTop, height: scroller.clientHeight };
    const shift = shiftOf(changed, view, () => this.#known(arrived));
    if (shift !== 0) this.#moveTo(scroller.scrollTop + shift);
  }

  /** The turns that were there before some others arrived. */
  *#known(arrived: ReadonlySet<Element>): Iterable<KnownPlace> {
    for (const [element, { height = 0 }] of this.#slots) {
      if (!(element instanceof HTMLElement) || arrived.has(element) || element.hidden) continue;
      yield { top: element.offsetTop, height };
    }
  }
}
