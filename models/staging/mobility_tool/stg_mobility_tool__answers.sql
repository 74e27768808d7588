{{ staged_answers(source('mobility_tool', 'mobility_tool__participant_report')) }}
