/** The beginning of a CSV file as rows, without reading the rest of it. */

/**
 * Reads the header and up to `limit` rows of a (gzipped) CSV.
 *
 * @returns {Promise<{rows: string[][], complete: boolean}>} the header among the rows.
 */
export async function readTable(file, limit) {
  const response = await fetch(file.download);
  if (!response.ok) throw new Error(`the workspace answered ${response.status}`);
  const bytes = /\.gz$/i.test(file.name)
    ? response.body.pipeThrough(new DecompressionStream("gzip"))
    : response.body;
  const reader = bytes.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new Parser(/\.tsv$/i.test(file.name) ? "\t" : ",");
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      parser.end();
      return { rows: parser.rows.slice(0, limit + 1), complete: parser.rows.length <= limit + 1 };
    }
    parser.feed(value);
    if (parser.rows.length > limit + 1) {
      await reader.cancel();
      return { rows: parser.rows.slice(0, limit + 1), complete: false };
    }
  }
}

/** Quotes, doubled quotes, and line ends within cells, fed in pieces of any size. */
export class Parser {
  rows = [];
  #row = [];
  #cell = "";
  #quoted = false;
  #afterQuote = false;
  #sawReturn = false;

  constructor(separator = ",") {
    this.separator = separator;
  }

  feed(text) {
    for (const character of text) this.#take(character);
  }

  end() {
    if (this.#cell !== "" || this.#row.length || this.#afterQuote) this.#endRow();
  }

  #take(character) {
    const returned = this.#sawReturn;
    this.#sawReturn = false;
    if (this.#quoted) {
      if (character === '"') {
        this.#quoted = false;
        this.#afterQuote = true;
      } else {
        this.#cell += character;
      }
    } else if (character === '"' && this.#afterQuote) {
      this.#cell += '"';
      this.#quoted = true;
      this.#afterQuote = false;
    } else if (character === '"' && this.#cell === "") {
      this.#quoted = true;
    } else if (character === this.separator) {
      this.#endCell();
    } else if (character === "\r") {
      this.#endRow();
      this.#sawReturn = true;
    } else if (character === "\n") {
      if (!returned) this.#endRow();
    } else {
      this.#cell += character;
    }
  }

  #endCell() {
    this.#row.push(this.#cell);
    this.#cell = "";
    this.#afterQuote = false;
  }

  #endRow() {
    this.#endCell();
    this.rows.push(this.#row);
    this.#row = [];
  }
}
