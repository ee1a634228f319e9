const mostCounted = 2000;

/** Things that can be answered without knowing anything: saying after, counting, arithmetic. */
export function exactAnswer(prompt: string): string | undefined {
  return sayAfter(prompt) ?? count(prompt) ?? calculate(prompt);
}

/** "Say hello", "Repeat after me: …", "Reply with exactly OK." */
function sayAfter(prompt: string): string | undefined {
  const said =
    /^\s*(?:please\s+)?(?:(?:say|repeat|echo|print)(?:\s+after me|\s+exactly|\s+the words?|\s+this(?=\s*:))?|(?:reply|answer|respond)(?:\s+only)?\s+with(?:\s+exactly|\s+only|\s+just|\s+the words?)*)\s*[:,]?\s+(?<text>[\s\S]{1,2000})$/i.exec(
      prompt,
    )?.groups?.text;
  if (said === undefined) return undefined;
  const quoted = /^["“'‘]([\s\S]+)["”'’]\.?$/.exec(said.trim())?.[1];
  return quoted ?? said.trim().replace(/(?<=^\S+( \S+){0,3})\.$/, '');
}

function count(prompt: string): string | undefined {
  const found = /\bcount (?:from (?<from>-?\d{1,6}) )?(?:up )?to (?<to>-?\d{1,6})\b/i.exec(prompt)?.groups;
  if (found === undefined) return undefined;
  const from = Number(found.from ?? 1);
  const to = Number(found.to);
  const step = from <= to ? 1 : -1;
  const numbers: number[] = [];
  for (let number = from; numbers.length < mostCounted; number += step) {
    numbers.push(number);
    if (number === to) break;
  }
  return numbers.join(', ');
}

/** "What is 12 * (3 + 4)?": only when the whole question is a sum. */
function calculate(prompt: string): string | undefined {
  const sum = sumIn(prompt);
  return sum === undefined ? undefined : `${sum.text} = ${sum.value}`;
}

/** The sum a question is about, and what it comes to. */
export function sumIn(prompt: string): { readonly text: string; readonly value: number } | undefined {
  const sum =
    /^\s*(?:what(?:'s| is)|how much is|calculate|compute)?\s*(?<sum>[-+*/×÷().\d\s]{3,80})\s*=?\s*\??\s*$/i.exec(
      prompt,
    )?.groups?.sum;
  if (sum === undefined || !/\d\s*[-+*/×÷]\s*[(\d-]/.test(sum)) return undefined;
  const value = new Sum(sum.replaceAll('×', '*').replaceAll('÷', '/')).read();
  return value === undefined ? undefined : { text: sum.trim(), value: Number(value.toPrecision(12)) };
}

/** A reader of sums: `+ -`, then `* /`, then numbers, signs and brackets. */
class Sum {
  readonly #text: string;
  #place = 0;

  constructor(text: string) {
    this.#text = text.replace(/\s+/g, '');
  }

  read(): number | undefined {
    const value = this.#terms();
    return this.#place === this.#text.length && Number.isFinite(value) ? value : undefined;
  }

  #terms(): number {
    let value = this.#factors();
    for (let sign = this.#take('+-'); sign !== ''; sign = this.#take('+-'))
      value += sign === '+' ? this.#factors() : -this.#factors();
    return value;
  }

  #factors(): number {
    let value = this.#number();
    for (let sign = this.#take('*/'); sign !== ''; sign = this.#take('*/'))
      value = sign === '*' ? value * this.#number() : value / this.#number();
    return value;
  }

  #number(): number {
    if (this.#take('-') !== '') return -this.#number();
    if (this.#take('(') !== '') {
      const value = this.#terms();
      return this.#take(')') === '' ? Number.NaN : value;
    }
    const digits = /^\d+(\.\d+)?/.exec(this.#text.slice(this.#place))?.[0];
    if (digits === undefined) return Number.NaN;
    this.#place += digits.length;
    return Number(digits);
  }

  #take(oneOf: string): string {
    const next = this.#text.charAt(this.#place);
    if (next === '' || !oneOf.includes(next)) return '';
    this.#place += 1;
    return next;
  }
}
