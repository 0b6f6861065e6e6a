internal import Foundation

extension JobConfig {
    /// Writes the files of this machine that the job's `secrets` and `configs` give by their content, for this user's eyes alone.
    ///
    /// The folder is closed to others, and the file in it open, since in the container it may be another user who reads it.
    /// - Throws: ``EngineError`` of kind `config` when a file cannot be written.
    func writeFileContents() throws {
        for file in service.files {
            guard let content = file.content, let path = file.volume.hostPath else { continue }
            let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try Data(content.utf8).write(to: URL(filePath: path), options: .atomic)
                try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            } catch {
                throw EngineError(
                    .config, "\(self.file): \(file.key): cannot write \(path): \(error.localizedDescription)",
                    hint: "set XDG_CACHE_HOME to a folder of your own")
            }
        }
    }
}
