with

scores as (

    select * from {{ ref('mart_replication__score') }}

),

chapters as (

    select * from {{ ref('replication_chapter') }}

),

readings as (

    select * from {{ ref('reading') }}

),

final as (

    select
        scores.chapter_key,
        chapters.label_nb as chapter_label_nb,
        chapters.label_en as chapter_label_en,
        chapters.sort_order as chapter_sort_order,
        scores.reading,
        readings.label_nb as reading_label_nb,
        readings.label_en as reading_label_en,
        readings.sort_order as reading_sort_order,
        scores.n_values,
        scores.n_computable,
        scores.n_within_precision,
        scores.n_within_k_units,
        scores.n_differs,
        scores.n_not_computable,
        scores.n_conflicting,
        scores.score_share

    from scores
    inner join chapters on scores.chapter_key = chapters.chapter_key
    inner join readings on scores.reading = readings.reading

)

select * from final
