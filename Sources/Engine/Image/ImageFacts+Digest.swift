extension ImageFacts {
    /// The id without its algorithm: 64 hexadecimal digits, which name the image in a store.
    var digest: String {
        String(id.split(separator: ":", maxSplits: 1).last ?? "")
    }
}
