with

correlations as (

    select * from {{ ref('mart_statistics__correlation') }}
    where report_place not like 'Table %'

),

place_words as (

    select * from {{ ref('place_word') }}

),

placed as (

    select
        correlations.analysis_id,
        {{ place_in_words('correlations') }},
        correlations.level,
        correlations.x_variable,
        correlations.x_variable_label_nb,
        correlations.x_variable_label_en,
        correlations.y_variable,
        correlations.y_variable_label_nb,
        correlations.y_variable_label_en,
        correlations.subset,
        correlations.subset_label_nb,
        correlations.subset_label_en,
        correlations.n_observations,
        correlations.pearson_r,
        correlations.p_value,
        correlations.spearman_rho,
        correlations.spearman_p_value,
        correlations.result_reason
    from correlations
    left join place_words on split_part(correlations.report_place, ' ', 1) = place_words.place_word

),

-- Of places of one length the number decides: footnote 7 comes before footnote 10.
final as (

    select
        *,
        cast(row_number() over (
            order by level, length(report_place_label_en), report_place_label_en, analysis_id
        ) as integer) as row_sort_order

    from placed

)

select * from final
