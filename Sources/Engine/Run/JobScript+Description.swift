extension JobScript: CustomStringConvertible {
    /// All that a submission does on the login node once the image and the binds are there, to be read or pasted into a POSIX
    /// shell.
    public var description: String {
        let files = files.map { file in
            "(umask 077 && cat >\(file.name)) " + JobScript.hereDocument(file.text)
        }
        return """
            (
            # The image (\(image.id)) and the binds must be there: see push.
            run_dir=\(directory)
            mkdir -p -- "$run_dir"/points/00000 && cd -- "$run_dir" || exit
            (umask 077 && cat >job.sh) \(JobScript.hereDocument(text))
            chmod 700 job.sh
            \(files.joined(separator: "\n"))
            \(submission)
            )
            """
    }

    /// The command that submits the script, or gets the allocation and stays as long as the job.
    private var submission: String {
        settings.launcher == .srun
            ? "exec salloc \(ShellQuoting.line(sallocArguments + JobScript.interactiveStep)) </dev/null"
            : "id=$(sbatch --chdir=\"$run_dir\" \(ShellQuoting.line(sbatchArguments)) ./job.sh) && echo \"${id%%;*}\" | tee job.id"
    }

    /// Text as the input of a command, under a mark that is no line of it.
    static func hereDocument(_ text: String) -> String {
        let lines = Set(text.split(separator: "\n"))
        var mark = "END"
        while lines.contains(Substring(mark)) { mark += "-OF-FILE" }
        return "<<'\(mark)'\n\(text)\(text.isEmpty || text.hasSuffix("\n") ? "" : "\n")\(mark)"
    }
}
