with

judged as (

    select * from {{ ref('mart_statistics__verdict') }}

),

verdicts as (

    select * from {{ ref('verdict') }}

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

place_words as (

    select * from {{ ref('place_word') }}

),

final as (

    select
        judged.analysis_id,
        {{ place_in_words('judged') }},
        judged.level,
        judged.outcome_variable,
        judged.outcome_variable_label_nb,
        judged.outcome_variable_label_en,
        judged.term,
        judged.term_label_nb,
        judged.term_label_en,
        judged.subset,
        judged.subset_label_nb,
        judged.subset_label_en,
        judged.measure,
        judged.estimate,
        judged.p_value,
        judged.cr2_p_value,
        judged.wild_p_value,
        judged.mixed_p_value,
        judged.spearman_p_value,
        judged.holm_p_value,
        judged.lowest_estimate,
        judged.highest_estimate,
        judged.verdict,
        verdicts.label_nb as verdict_label_nb,
        verdicts.label_en as verdict_label_en,
        judged.result_reason,
        cast(row_number() over (
            order by
                judged.level, length(judged.report_place), judged.report_place, outcome_groups.sort_order, judged.outcome_variable,
                judged.analysis_id, judged.term_order
        ) as integer) as row_sort_order

    from judged
    inner join verdicts on judged.verdict = verdicts.verdict
    left join outcome_groups on judged.outcome_variable = outcome_groups.outcome_group
    left join place_words on split_part(judged.report_place, ' ', 1) = place_words.place_word

)

select * from final
