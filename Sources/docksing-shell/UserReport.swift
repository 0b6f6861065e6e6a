internal import LuaBridge

extension LuaError {
    /// What is printed of an error that nothing caught: as ``report``, without the functions of our own modules, unless the mistake
    /// is in one of those.
    var reportForUsers: LuaString {
        guard let traceback, report.bytes.count > text.bytes.count else { return report }
        guard !EmbeddedScripts.all.contains(where: { message.hasPrefix("\($0.name):") }) else {
            return report
        }
        let lines = traceback.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.contains(where: { Frame($0) == .ours }) else { return report }
        var shown: [Substring] = []
        // C functions belong to the function of Lua that called them, which is below.
        var pending: [Substring] = []
        var lastIsOurs = false
        for line in lines {
            switch Frame(line) {
            case .c:
                pending.append(line)
                continue
            case .tailCalls where lastIsOurs: continue
            case .ours: lastIsOurs = true
            case .tailCalls, .other:
                shown += pending + [line]
                lastIsOurs = false
            }
            pending = []
        }
        let head = report.bytes.dropLast(traceback.utf8.count)
        return LuaString(bytes: Array(head)) + LuaString((shown + pending).joined(separator: "\n"))
    }

    /// What a line of a traceback is about.
    private enum Frame: Equatable {
        case ours
        case c
        case tailCalls
        case other

        init(_ line: Substring) {
            if line.hasPrefix("\t[C]:") {
                self = .c
            } else if line == "\t(...tail calls...)" {
                self = .tailCalls
            } else if line.hasPrefix("\t"), let end = line.firstIndex(of: ":"),
                EmbeddedScripts.all.contains(where: {
                    $0.name == line[line.index(after: line.startIndex)..<end]
                })
            {
                self = .ours
            } else {
                self = .other
            }
        }
    }
}
