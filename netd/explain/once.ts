/** Made when it is first asked for, and gone with what it was made of. */
export function once<From extends object, Made>(make: (from: From) => Made): (from: From) => Made {
  const made = new WeakMap<From, Made>()
  return (from) => {
    let result = made.get(from)
    if (result === undefined) {
      result = make(from)
      made.set(from, result)
    }
    return result
  }
}
