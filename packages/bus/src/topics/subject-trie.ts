interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Of the patterns that end here. */
  readonly here: Set<T>;
  /** Of the patterns that go on with `>`. */
  readonly below: Set<T>;
}

const newNode = <T>(): Node<T> => ({ children: new Map(), here: new Set(), below: new Set() });

const isEmpty = <T>({ children, here, below }: Node<T>): boolean =>
  children.size === 0 && here.size === 0 && below.size === 0;

/**
 * Values by patterns of topics. To find those of a topic takes as long as the topic has tokens and its patterns have
 * branches, however many patterns there are about others. Patterns and topics must be valid.
 */
export class SubjectTrie<T> {
  readonly #root = newNode<T>();

  get isEmpty(): boolean {
    return isEmpty(this.#root);
  }

  add(pattern: string, value: T): void {
    let node = this.#root;
    for (const token of pattern.split('.')) {
      if (token === '>') {
        node.below.add(value);
        return;
      }
      const next = node.children.get(token) ?? newNode<T>();
      node.children.set(token, next);
      node = next;
    }
    node.here.add(value);
  }

  delete(pattern: string, value: T): void {
    this.#delete(this.#root, pattern.split('.'), 0, value);
  }

  /** Calls back with the value of each pattern that covers the topic, as often as there are such patterns. */
  each(topic: string, found: (value: T) => void): void {
    this.#each(this.#root, topic.split('.'), 0, found);
  }

  /** Whether a pattern covers the topic. */
  covers(topic: string): boolean {
    let covered = false;
    this.each(topic, () => {
      covered = true;
    });
    return covered;
  }

  #each(node: Node<T>, tokens: readonly string[], place: number, found: (value: T) => void): void {
    const token = tokens[place];
    if (token === undefined) {
      for (const value of node.here) found(value);
      return;
    }
    for (const value of node.below) found(value);
    const [named, any] = [node.children.get(token), node.children.get('*')];
    if (named !== undefined) this.#each(named, tokens, place + 1, found);
    if (any !== undefined) this.#each(any, tokens, place + 1, found);
  }

  #delete(node: Node<T>, tokens: readonly string[], place: number, value: T): void {
    const token = tokens[place];
    if (token === undefined) node.here.delete(value);
    else if (token === '>') node.below.delete(value);
    else {
      const next = node.children.get(token);
      if (next === undefined) return;
      this.#delete(next, tokens, place + 1, value);
      if (isEmpty(next)) node.children.delete(token);
    }
  }
}
