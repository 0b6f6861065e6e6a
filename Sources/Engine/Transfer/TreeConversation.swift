internal import Crypto

/// One source's talk with `receive-tree.sh`: what is there, then what is missing.
struct TreeConversation {
    let host: String
    /// The source, for messages.
    let source: String
    let process: any RemoteProcess
    let progress: ProgressHandler

    /// What the other side has.
    private struct Greeting {
        var isPlaced = false
        var part = TreeManifest()
        var base: TreeManifest?
    }

    /// Sends what is missing of `scan`, which knows all digests afterwards.
    /// - Parameter known: the manifest that the other side was told to be known here.
    /// - Returns: the bytes that went over the wire.
    mutating func send(_ scan: inout TreeScan, known: TreeManifest) async throws -> Int {
        // What the other side complains of must be read all the while, or it would wait for us.
        async let complaint = Self.text(process)
        let reader = ByteReader { [process] in try await process.readOutput(limit: 64 << 10) }
        var sent = 0
        do {
            var greeting = try await greeting(reader, known)
            if greeting.isPlaced {
                progress(.step("\(source) is on \(host) already"))
                return 0
            }
            try learn(&scan, greeting)
            try recognize(&greeting.part, scan)
            let difference = TreeDifference(scan, base: greeting.base, part: greeting.part)
            if greeting.base != nil && difference.isNothing {
                progress(.step("\(source) is on \(host) already"))
                try await process.write(Array("same 0 0 0\n".utf8))
            } else {
                announce(difference, of: scan)
                try await stream(&scan, difference, hasBase: greeting.base != nil, counting: &sent)
            }
            try await process.finishInput()
            while let line = try await Self.line(reader) {
                if line.hasPrefix("done ") { return sent }
            }
        } catch let error as EngineError where error.kind == .local || error.kind == .config {
            throw error
        } catch {
            if Task.isCancelled { throw error }
            try? await process.finishInput()
            let words = await complaint
            guard !words.isEmpty else { throw error }
            throw try await failure(words)
        }
        throw try await failure(await complaint)
    }

    /// The sentence for what the other side says.
    private func failure(_ words: String) async throws -> EngineError {
        let status = try? await process.exitStatus()
        let reason = words.tellingLine.isEmpty ? "" : ": \(words.tellingLine)"
        if status == .exited(4) {
            return EngineError(
                .transfer, "the run directory on \(host) could not take '\(source)'\(reason)",
                hint: "make room there, and run the same command again; what was sent is in the store",
                host: host)
        }
        return EngineError(
            .transfer, "\(host) could not take '\(source)'\(reason)",
            hint:
                "make room or mend the folder there, and run the same command again; what arrived whole is not sent again",
            host: host)
    }

    /// What is on the other side.
    private func greeting(_ reader: ByteReader, _ known: TreeManifest) async throws -> Greeting {
        var greeting = Greeting()
        while let line = try await Self.line(reader) {
            let words = line.split(separator: " ").map { String($0) }
            switch (words.first, words.dropFirst().compactMap { Int($0) }) {
            case ("placed", _):
                greeting.isPlaced = true
                return greeting
            case ("ready", _): return greeting
            case ("part", let sizes) where sizes.count == 2:
                let names = try await reader.exactly(sizes[0])
                greeting.part = Self.part(names, sums: try await reader.exactly(sizes[1]))
            case ("base", _) where words.count == 3:
                let size = Int(words[2]) ?? 0
                greeting.base = size == 0 ? known : TreeManifest(serialized: try await reader.exactly(size))
            default:
                throw EngineError(
                    .ssh, "\(host) said '\(line.singleLine)', which is not understood", host: host)
            }
        }
        throw EngineError(.ssh, "\(host) ended the transfer of '\(source)' before it began", host: host)
    }

    /// Reads what an interrupted transfer left: records of find, and the digests of the files among them.
    private static func part(_ names: [UInt8], sums: [UInt8]) -> TreeManifest {
        var part = TreeManifest()
        var digests = sums.split(separator: 10).makeIterator()
        for record in names.split(separator: 0) {
            let fields = record.split(separator: 0x20, maxSplits: 4, omittingEmptySubsequences: false)
            guard fields.count == 5 else { continue }
            let texts = fields.prefix(4).map { String(decoding: $0, as: UTF8.self) }
            let path = Array(fields[4].dropFirst(TreeArchive.folder.count).drop { $0 == 0x2F })
            guard let kind = TreeManifest.Entry.Kind(rawValue: texts[0]), let size = Int(texts[1]) else {
                continue
            }
            let digest = kind == .file ? digests.next().map { String(decoding: $0, as: UTF8.self) } : "-"
            part.entries[path] = TreeManifest.Entry(
                kind: kind, size: kind == .folder ? 0 : size,
                modified: TreeTime.nanoseconds(texts[2][...]) ?? 0,
                mode: (UInt32(texts[3], radix: 8) ?? 0) & TreeManifest.Entry.modes, digest: digest ?? "-")
        }
        return part
    }

    /// Reads the files of which only the contents tell whether they must be sent.
    private func learn(_ scan: inout TreeScan, _ greeting: Greeting) throws {
        for index in TreeDifference.unknown(scan, base: greeting.base, part: greeting.part) {
            guard let reader = try scan.reader(of: scan.items[index]) else { continue }
            scan.items[index].file = reader.file
            scan.items[index].digest = try reader.digest()
        }
    }

    /// Puts our digests in the place of the other side's for files that are the same. It knows of `sha256sum`, which is not our digest
    /// where there are zeros.
    private func recognize(_ part: inout TreeManifest, _ scan: TreeScan) throws {
        for item in scan.items where item.file.kind == .file {
            guard let there = part.entries[item.path], let digest = item.digest, there.kind == .file,
                there.size == item.file.size, there.size >= ContentDigest.block, there.digest != digest,
                let reader = try FileReader(scan.path(of: item)), reader.file == item.file,
                try reader.plainDigest() == there.digest
            else { continue }
            part.entries[item.path]?.digest = digest
        }
    }

    private func announce(_ difference: TreeDifference, of scan: TreeScan) {
        let files = difference.sent.count { scan.items[$0].file.kind == .file }
        guard difference.spared > 0 else { return progress(.step("sending \(source)")) }
        let all = files + difference.spared
        progress(.step("sending \(source): \(difference.spared) of \(all) files are on \(host) already"))
    }

    private func stream(
        _ scan: inout TreeScan, _ difference: TreeDifference, hasBase: Bool, counting sent: inout Int
    ) async throws {
        func path(_ path: [UInt8]) -> [UInt8] { TreeArchive.folder + (path.isEmpty ? [] : [0x2F] + path) }
        func list(_ paths: [[UInt8]]) -> [UInt8] { paths.flatMap { path($0) + [0] } }
        let touched = difference.touched.flatMap { index in
            let item = scan.items[index]
            return Array(
                "\(String(item.file.openMode & TreeManifest.Entry.modes, radix: 8))\0\(TreeTime.text(item.file.modified))\0"
                    .utf8)
                + path(item.path) + [0]
        }
        let lists = [list(difference.goneFromBase), list(difference.goneFromPart), touched]
        let head =
            Array("\(hasBase ? 1 : 0) \(lists.map { "\($0.count)" }.joined(separator: " "))\n".utf8)
            + lists.flatMap { $0 }

        let start = ContinuousClock().now
        let mailbox = Mailbox<[UInt8]>(limit: 4)
        let (process, source, progress) = (process, source, progress)
        // What is read next and what is sent now overlap.
        async let writing = Self.write(mailbox, to: process, source, progress)
        do {
            try await mailbox.put(head)
            var archive = TreeArchive(scan) { try await mailbox.put($0) }
            try await archive.write(difference.sent)
            scan = archive.scan
            try await archive.write("shape", Array(Self.shape(of: scan).utf8))
            let closed = scan.closed
            if !closed.isEmpty { try await archive.write("closed", Self.modes(of: closed)) }
            try await archive.write("manifest", scan.manifest.serialized)
            try await archive.finish()
            await mailbox.finish()
            sent = try await writing
            if let first = archive.unsteady.first {
                progress(
                    .note(
                        "'\(String(decoding: scan.root + [0x2F] + first, as: UTF8.self))' changed while it was read"
                            + (archive.unsteady.count > 1 ? ", and \(archive.unsteady.count - 1) others" : "")
                    ))
            }
        } catch {
            await mailbox.finish()
            _ = try? await writing
            throw error
        }
        progress(.sent(what: source, sent: sent, seconds: (ContinuousClock().now - start) / .seconds(1)))
    }

    private static func write(
        _ mailbox: Mailbox<[UInt8]>, to process: any RemoteProcess, _ source: String,
        _ progress: ProgressHandler
    ) async throws -> Int {
        var sent = 0
        var reported = ContinuousClock().now
        do {
            while let bytes = try await mailbox.next() {
                try await process.write(bytes)
                sent += bytes.count
                if ContinuousClock().now - reported > .milliseconds(200) {
                    reported = ContinuousClock().now
                    progress(.bytes(what: source, done: sent, total: nil))
                }
            }
        } catch {
            // Whoever reads must not wait for a writer that is gone.
            await mailbox.finish()
            throw error
        }
        return sent
    }

    /// `MODE PATH` records, as `chmod` takes them in the tree's folder.
    private static func modes(of items: [TreeScan.Item]) -> [UInt8] {
        items.flatMap { item in
            Array("\(String(item.file.mode & TreeManifest.Entry.modes, radix: 8))\0./".utf8) + item.path + [0]
        }
    }

    /// What `find` must say of the tree: see `shape` in `receive-tree.sh`.
    private static func shape(of scan: TreeScan) -> String {
        var digest = SHA256()
        let records = scan.items.map { item in
            let path = TreeArchive.folder + (item.path.isEmpty ? [] : [0x2F] + item.path)
            switch item.file.kind {
            case .directory: return Array("d ".utf8) + path
            case .link: return Array("l ".utf8) + item.target + [0x20] + path
            default: return Array("f \(item.file.size) ".utf8) + path
            }
        }
        for record in records.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            digest.update(data: record + [0])
        }
        return digest.finalize().hexadecimal
    }

    /// The next line without its end; nil at the end of the output.
    private static func line(_ reader: ByteReader) async throws -> String? {
        var line: [UInt8] = []
        while case let byte = try await reader.exactly(1), !byte.isEmpty {
            if byte == [10] { return String(decoding: line, as: UTF8.self) }
            line += byte
        }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    /// The end of what the process says on stderr.
    private static func text(_ process: any RemoteProcess) async -> String {
        var kept: [UInt8] = []
        while let bytes = try? await process.readError(limit: 16 << 10), !bytes.isEmpty {
            kept = Array((kept + bytes).suffix(16 << 10))
        }
        return String(decoding: kept, as: UTF8.self)
    }
}
