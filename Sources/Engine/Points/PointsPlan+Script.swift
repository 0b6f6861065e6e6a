extension PointsPlan {
    /// What the plan does on the login node, as a script for people and for a POSIX shell. The images and what the points read must
    /// be there.
    func script(in directory: String, inputs: [String]) throws -> String {
        let folders = (["events", "arrays"] + self.folders).map(ShellQuoting.quote).joined(separator: " ")
        var lines = [
            "(", "# The images and the binds must be there.", "run_dir=\(ShellQuoting.quote(directory))",
            "mkdir -p -- \"$run_dir\" && cd -- \"$run_dir\" && mkdir -p -- \(folders) || exit", "umask 077",
        ]
        for file in files {
            lines.append("cat >\(ShellQuoting.quote(file.name)) \(JobScript.hereDocument(file.text))")
            if file.mode == "700" { lines.append("chmod 700 \(ShellQuoting.quote(file.name))") }
        }
        for array in arrays {
            let folder = "arrays/\(ArrayLayout.digits(array.number, 4))"
            lines += inputs.map { "ln -s -- \"$run_dir\"/\(ShellQuoting.quote($0)) \(folder)/binds/" }
            lines.append(
                "id=$(sbatch --chdir=\"$run_dir/\(folder)\" \(try array.share.line(array.options, in: "\"$run_dir\"")) \(folder)/job.sh) && echo \"${id%%;*}\" | tee \(folder)/job.id"
            )
        }
        return (lines + [")"]).joined(separator: "\n") + "\n"
    }
}
