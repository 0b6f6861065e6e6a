--- Rows of cells as aligned text: numbers to the right, everything else to the left.
local native = require "docksing.native"

local rows = {}

--- How many columns of a terminal a text takes, near enough: characters, the codes of colours left out.
---@param text string
---@return integer
function rows.width(text)
    local bare = text:gsub("\27%[%d*m", "")
    return utf8.len(bare) or #bare
end

--- A text on one line that a terminal shows as it is: what a terminal would act upon, what nobody sees, and what is no
--- UTF-8 is escaped.
---@param text string
---@param keeps_lines? boolean whether line ends and tabs stay
---@return string
function rows.shown(text, keeps_lines)
    if not text:find "[%c\127-\255]" then return text end
    return native.shown(text, keeps_lines or nil)
end

--- Cuts a text to a width, with … where it was cut.
---@param text string
---@param width integer
---@return string
function rows.cut(text, width)
    if rows.width(text) <= width then return text end
    local stop = utf8.len(text) and utf8.offset(text, width)
    return text:sub(1, (stop or width) - 1) .. "…"
end

--- Lays cells out below their heads. Of many rows the middle is left out.
---@param heads string[]
---@param list string[][] a cell may be nil
---@param options? {limit?: integer, numeric?: table<integer, boolean>, indent?: string} `limit`: of rows that are shown
---@return string[] lines
function rows.lines(heads, list, options)
    options = options or {}
    heads = table.move(heads, 1, #heads, 1, {})
    for column, head in ipairs(heads) do heads[column] = rows.shown(head) end
    local numeric, indent = options.numeric or {}, options.indent or ""
    local shown, gap = {}, nil
    if options.limit and #list > options.limit then
        local last = math.min(5, options.limit // 4)
        gap = options.limit - last
        for index = 1, gap do shown[index] = list[index] end
        for index = #list - last + 1, #list do shown[#shown + 1] = list[index] end
    else
        shown = list
    end
    local widths = {}
    for column, head in ipairs(heads) do
        local width = rows.width(head)
        for _, row in ipairs(shown) do
            local cell = row[column]
            if cell then width = math.max(width, rows.width(cell)) end
        end
        widths[column] = width
    end
    local function line(row)
        local cells = {}
        for column = 1, #heads do
            local cell = row[column] or ""
            local pad = (" "):rep(widths[column] - rows.width(cell))
            cells[column] = numeric[column] and pad .. cell or cell .. pad
        end
        return (indent .. table.concat(cells, "  "):gsub("%s+$", ""))
    end
    local lines = { line(heads) }
    for index, row in ipairs(shown) do
        lines[#lines + 1] = line(row)
        if index == gap then lines[#lines + 1] = ("%s... %d more ..."):format(indent, #list - #shown) end
    end
    return lines
end

return rows
