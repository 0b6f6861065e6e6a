internal import Crypto
internal import Foundation

extension JobConfig {
    /// What makes two submissions the same, as a digest: the image, the config, and what the config takes from this machine besides:
    /// variables, and the contents of the files that `env_file`, `secrets` and `configs` name. What is in the binds does not count:
    /// a run changes it.
    /// - Parameter environment: this machine's variables, for those that the config names without a value.
    func submissionDigest(
        image: ImageFacts, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String {
        var parts = [image.id, document.yaml, ConfigNode(.mapping(serviceNode)).yaml]
        parts += slurm?.entries.flatMap(\.arguments) ?? []
        for variable in service.environment {
            let value = variable.value ?? environment[variable.name]
            parts.append(variable.name + (value.map { "=\($0)" } ?? ""))
        }
        for file in service.files {
            // One that cannot be read stops the submission where it is sent.
            let digest =
                file.content.map { SHA256.hash(data: Array($0.utf8)).hexadecimal }
                ?? file.volume.hostPath.flatMap { try? OpenFile($0).digest() } ?? ""
            parts.append("\(file.volume.target) \(digest)")
        }
        // Each with its length, so that no two lists are the same text.
        let text = "2\n" + parts.map { "\($0.utf8.count):\($0)" }.joined()
        return SHA256.hash(data: Array(text.utf8)).hexadecimal
    }
}
