/** An iterable that is fed from outside: for stacks that take requests only as iterables. */
export class AsyncQueue<T> implements AsyncIterable<T> {
  readonly values: T[] = [];
  ended = false;
  waiting: ((result: IteratorResult<T>) => void) | undefined;

  push(value: T): void {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting === undefined) this.values.push(value);
    else waiting({ done: false, value });
  }

  end(): void {
    this.ended = true;
    this.waiting?.({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: () => {
        const value = this.values.shift();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        if (this.ended) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => {
          this.waiting = resolve;
        });
      },
      return: () => Promise.resolve({ done: true, value: undefined }),
      // connect-node refuses iterators without it.
      throw: (error) => Promise.reject(error),
    };
  }
}
