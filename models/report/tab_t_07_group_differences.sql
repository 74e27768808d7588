with

differences as (

    select * from {{ ref('mart_statistics__group_difference') }}

),

robust as (

    select * from {{ ref('mart_statistics__robustness') }}
    where method = 'wild_bootstrap'

),

outcome_groups as (

    select * from {{ ref('outcome_group') }}

),

place_words as (

    select * from {{ ref('place_word') }}

),

final as (

    select
        differences.analysis_id,
        {{ place_in_words('differences') }},
        differences.group_variable,
        differences.group_variable_label_nb,
        differences.group_variable_label_en,
        differences.outcome_variable,
        differences.outcome_variable_label_nb,
        differences.outcome_variable_label_en,
        differences.n_observations,
        differences.n_groups,
        differences.f_value,
        differences.p_value,
        differences.eta_squared,
        robust.p_value as wild_p_value,
        differences.holm_p_value,
        coalesce(differences.result_reason, robust.result_reason) as result_reason,
        cast(row_number() over (
            order by length(differences.report_place), differences.report_place, outcome_groups.sort_order, differences.analysis_id
        ) as integer) as row_sort_order

    from differences
    left join robust
        on differences.analysis_id = robust.analysis_id
        and differences.group_variable = robust.term
    left join outcome_groups on differences.outcome_variable = outcome_groups.outcome_group
    left join place_words on split_part(differences.report_place, ' ', 1) = place_words.place_word

)

select * from final
